/* Eight numbers at once: the few operations that the rest is written in.

   Knows the instructions of CPUs. Knows nothing of networks. Where a CPU has AVX2 its instructions are named;
   elsewhere the same is written plainly, and the compiler finds what the CPU has. Nothing here depends on a C
   library. */

#pragma once
#include <stdint.h>

typedef float f8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 8")
#endif

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#include <immintrin.h>
#define AVX2 1
#endif

INLINE f8 load(const float *from)
{
    f8 lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

INLINE void store(float *to, f8 lanes) { __builtin_memcpy(to, &lanes, sizeof lanes); }

INLINE f8 all(float value) { return (f8){value, value, value, value, value, value, value, value}; }

/* a * b + c. Written out, so that each place that computes the same computes it with the same rounding. */
INLINE f8 fma8(f8 a, f8 b, f8 c)
{
#ifdef AVX2
    return _mm256_fmadd_ps(a, b, c);
#else
    return a * b + c;
#endif
}

INLINE f8 most(f8 a, f8 b)
{
#ifdef AVX2
    return _mm256_max_ps(a, b);
#else
    for (int n = 0; n < 8; n++)
        a[n] = a[n] > b[n] ? a[n] : b[n];
    return a;
#endif
}

INLINE f8 magnitude(f8 a)
{
    return (f8)((i8)a & 0x7fffffff);
}

/* Of each pair of neighbours: the first one twice, the second one twice, both in the other order. */
INLINE f8 firsts(f8 a) { return (f8){a[0], a[0], a[2], a[2], a[4], a[4], a[6], a[6]}; }
INLINE f8 seconds(f8 a) { return (f8){a[1], a[1], a[3], a[3], a[5], a[5], a[7], a[7]}; }
INLINE f8 swapped(f8 a) { return (f8){a[1], a[0], a[3], a[2], a[5], a[4], a[7], a[6]}; }

INLINE float sum(f8 a)
{
#ifdef AVX2
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#else
    return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
#endif
}

INLINE float largest(f8 a)
{
    float best = a[0];
    for (int n = 1; n < 8; n++)
        best = a[n] > best ? a[n] : best;
    return best;
}

/* The nearest whole number, of two equally near the even one. */
INLINE i8 nearest(f8 a)
{
#ifdef AVX2
    return (i8)_mm256_cvtps_epi32(a);
#else
    i8 whole;
    for (int n = 0; n < 8; n++)
        whole[n] = (int32_t)__builtin_rintf(a[n]);
    return whole;
#endif
}

INLINE f8 to_float(i8 a) { return __builtin_convertvector(a, f8); }

/* Eight numbers of half precision. */
INLINE f8 halves(const uint16_t *from)
{
#ifdef AVX2
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#else
    typedef _Float16 h8 __attribute__((vector_size(16)));
    h8 lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return __builtin_convertvector(lanes, f8);
#endif
}

INLINE void store_halves(uint16_t *to, f8 lanes)
{
#ifdef AVX2
    _mm_storeu_si128((__m128i *)to, _mm256_cvtps_ph(lanes, 0));
#else
    typedef _Float16 h8 __attribute__((vector_size(16)));
    h8 narrow = __builtin_convertvector(lanes, h8);
    __builtin_memcpy(to, &narrow, sizeof narrow);
#endif
}

/* e to the power of a, for a up to 88; to about two units in the last place. After Cephes (S. Moshier):
   a = n ln 2 + r, a polynomial for exp(r), and n goes into the exponent. */
INLINE f8 exp8(f8 a)
{
    a = most(a, all(-87.0f));
    i8 n = nearest(a * all(1.44269504088896341f));
    f8 times = to_float(n);
    f8 r = fma8(times, all(-0.693359375f), a);
    r = fma8(times, all(2.12194440e-4f), r);
    f8 made = all(1.9875691500e-4f);
    made = fma8(made, r, all(1.3981999507e-3f));
    made = fma8(made, r, all(8.3334519073e-3f));
    made = fma8(made, r, all(4.1665795894e-2f));
    made = fma8(made, r, all(1.6666665459e-1f));
    made = fma8(made, r, all(5.0000001201e-1f));
    made = fma8(made, r * r, r + all(1.0f));
    return made * (f8)((n + 127) << 23);
}
