/* Matrices in blocks of 4, 8 or 16 bits, times rows; with 4 and 8 the rows are brought into blocks of 8 bits.

   Knows one matrix and some rows. Knows nothing of layers.

   The scheme is GGML's (Q4_1, Q8_0 and, for the rows, Q8_1): 32 neighbouring weights of an output share a scale d
   and, in 4 bits, a least value m: weight = d q + m, q in 0 .. 15; in 8 bits weight = d q, q in -127 .. 127. A row's
   block is x = s p with p in -127 .. 127. So 32 products are an exact sum of small integers, and

       sum(weight * x) = d s sum(q p) + m s sum(p).

   Eight outputs lie together: byte 4 j + i of a run of 32 bytes belongs to output j and input i of a group of
   four inputs, and groups 0 .. 7 make the block. In 4 bits groups 0 .. 3 are the low halves of four runs, 4 .. 7 the
   high ones; sixteen products of 15 * 127 stay within 16 bits. Floats are added block after block, in the same
   order for every row, whatever rows are beside it.

   In 16 bits weights are numbers of half precision and rows stay floats: number 8 i + j of a panel belongs to output
   j and input i. */

#pragma once
#include "lanes.h"

enum { BLOCK = 32, TILE = 8, PANEL4 = 128 + 32, PANEL8 = 256 + 16, PANEL16 = 512 };

/* Rows in blocks: numbers (count, inputs), and for each block its scale, and its scale times the sum. Or rows as they
   are: floats (count, inputs); null where they are in blocks. */
typedef struct {
    int64_t inputs;
    int8_t *numbers;
    float *scales, *sums, *floats;
} Rows;

/* A matrix: panels of eight outputs, each all blocks of its inputs one after another. bits 0: there is none. */
typedef struct {
    const uint8_t *panels;
    const float *bias;
    int64_t bits, inputs, outputs;
} Matrix;

/* Bring 32 floats into a block: number `block` of row `at`. */
INLINE void quantise(const Rows *rows, int64_t at, int64_t block, const float *from)
{
    typedef int8_t small8 __attribute__((vector_size(8)));
    int64_t place = at * (rows->inputs / BLOCK) + block;
    f8 part[4], size = all(0.0f);
    for (int n = 0; n < 4; n++) {
        part[n] = load(from + 8 * n);
        size = most(size, magnitude(part[n]));
    }
    float peak = largest(size), scale = peak / 127.0f;
    f8 turn = all(peak > 1e-30f ? 127.0f / peak : 0.0f);
    i8 total = {};
    for (int n = 0; n < 4; n++) {
        i8 whole = nearest(part[n] * turn);
        small8 narrow = __builtin_convertvector(whole, small8);
        total += whole;
        __builtin_memcpy(rows->numbers + place * BLOCK + 8 * n, &narrow, 8);
    }
    rows->scales[place] = scale;
    rows->sums[place] = scale * sum(to_float(total));
}

/* Keep 32 floats as number `block` of row `at`, in whichever way the rows are kept. */
INLINE void keep(const Rows *rows, int64_t at, int64_t block, const float *from)
{
    if (rows->floats)
        __builtin_memcpy(rows->floats + at * rows->inputs + block * BLOCK, from, BLOCK * sizeof *from);
    else
        quantise(rows, at, block, from);
}

/* The sums of 32 products, for each of eight outputs, of `count` rows: totals[r] of the block's numbers with those at
   `row + r * stride`. `count` is known when compiled. The rows are taken in turn for each part of the block, so that
   many sums that do not depend on one another are under way. */
#ifdef AVX2

INLINE __m256i run_of(const uint8_t *from) { return _mm256_loadu_si256((const __m256i *)from); }

INLINE __m256i four(const int8_t *from)
{
    int32_t inputs;
    __builtin_memcpy(&inputs, from, 4);
    return _mm256_set1_epi32(inputs);
}

INLINE void products4(i8 *totals, const int count, const uint8_t *block, const int8_t *row, int64_t stride)
{
    const __m256i halves = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
    __m256i made[TILE];
    UNROLLED for (int n = 0; n < 4; n++) {
        __m256i both = run_of(block + 32 * n);
        __m256i low = _mm256_and_si256(both, halves), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), halves);
        for (int r = 0; r < count; r++) {
            __m256i pairs = _mm256_maddubs_epi16(low, four(row + r * stride + 4 * n));
            made[r] = n ? _mm256_add_epi16(made[r], pairs) : pairs;
        }
        for (int r = 0; r < count; r++)
            made[r] = _mm256_add_epi16(made[r], _mm256_maddubs_epi16(high, four(row + r * stride + 4 * n + 16)));
    }
    for (int r = 0; r < count; r++)
        totals[r] = (i8)_mm256_madd_epi16(made[r], one);
}

INLINE void products8(i8 *totals, const int count, const uint8_t *block, const int8_t *row, int64_t stride)
{
    const __m256i one = _mm256_set1_epi16(1);
    UNROLLED for (int n = 0; n < 8; n++) {
        __m256i weights = run_of(block + 32 * n), size = _mm256_abs_epi8(weights);
        for (int r = 0; r < count; r++) {
            __m256i turned = _mm256_sign_epi8(four(row + r * stride + 4 * n), weights);
            i8 pairs = (i8)_mm256_madd_epi16(_mm256_maddubs_epi16(size, turned), one);
            totals[r] = n ? totals[r] + pairs : pairs;
        }
    }
}

#else

INLINE void products8(i8 *totals, const int count, const uint8_t *block, const int8_t *row, int64_t stride)
{
    for (int r = 0; r < count; r++) {
        totals[r] = (i8){};
        for (int n = 0; n < 8; n++)
            for (int j = 0; j < 8; j++)
                for (int i = 0; i < 4; i++)
                    totals[r][j] += (int8_t)block[32 * n + 4 * j + i] * row[r * stride + 4 * n + i];
    }
}

INLINE void products4(i8 *totals, const int count, const uint8_t *block, const int8_t *row, int64_t stride)
{
    uint8_t whole[256];
    for (int n = 0; n < 128; n++) {
        whole[n] = block[n] & 15;
        whole[n + 128] = block[n] >> 4;
    }
    products8(totals, count, whole, row, stride);
}

#endif

/* One panel times `count` rows (known when compiled), beginning with row `at`: eight outputs of each. */
INLINE void panel4(f8 *made, const int count, const uint8_t *panel, const Rows *rows, int64_t at)
{
    int64_t blocks = rows->inputs / BLOCK;
    for (int r = 0; r < count; r++)
        made[r] = all(0.0f);
    for (int64_t b = 0; b < blocks; b++, panel += PANEL4) {
        i8 totals[TILE];
        int64_t place = at * blocks + b;
        products4(totals, count, panel, rows->numbers + place * BLOCK, rows->inputs);
        f8 scale = halves((const uint16_t *)(panel + 128)), least = halves((const uint16_t *)(panel + 144));
        for (int r = 0; r < count; r++, place += blocks) {
            made[r] = fma8(to_float(totals[r]), scale * all(rows->scales[place]), made[r]);
            made[r] = fma8(least, all(rows->sums[place]), made[r]);
        }
    }
}

INLINE void panel8(f8 *made, const int count, const uint8_t *panel, const Rows *rows, int64_t at)
{
    int64_t blocks = rows->inputs / BLOCK;
    for (int r = 0; r < count; r++)
        made[r] = all(0.0f);
    for (int64_t b = 0; b < blocks; b++, panel += PANEL8) {
        i8 totals[TILE];
        int64_t place = at * blocks + b;
        products8(totals, count, panel, rows->numbers + place * BLOCK, rows->inputs);
        f8 scale = halves((const uint16_t *)(panel + 256));
        for (int r = 0; r < count; r++, place += blocks)
            made[r] = fma8(to_float(totals[r]), scale * all(rows->scales[place]), made[r]);
    }
}

/* At most two rows: each output has four sums, of every fourth input, so that additions need not wait for one another. */
INLINE void some16(f8 *made, const int count, const uint16_t *weights, const float *row, int64_t inputs)
{
    f8 total[2][4] = {};
    for (int64_t i = 0; i < inputs; i += 4)
        for (int n = 0; n < 4; n++) {
            f8 weight = halves(weights + 8 * (i + n));
            for (int r = 0; r < count; r++)
                total[r][n] = fma8(weight, all(row[r * inputs + i + n]), total[r][n]);
        }
    for (int r = 0; r < count; r++)
        made[r] = (total[r][0] + total[r][1]) + (total[r][2] + total[r][3]);
}

INLINE void panel16(f8 *made, const int count, const uint8_t *panel, const Rows *rows, int64_t at)
{
    const uint16_t *weights = (const uint16_t *)panel;
    const float *row = rows->floats + at * rows->inputs;
    for (int r = 0; r + 2 <= count; r += 2)
        some16(made + r, 2, weights, row + r * rows->inputs, rows->inputs);
    if (count % 2)
        some16(made + count - 1, 1, weights, row + (count - 1) * rows->inputs, rows->inputs);
}

/* One panel times rows `at` to `at + count`, written or added to (count, stride) floats at the panel's outputs. */
INLINE void tile(
    const Matrix *matrix, int64_t panel, const Rows *rows, int64_t at, const int count, float *to, int64_t stride, int add)
{
    f8 made[TILE], bias = matrix->bias ? load(matrix->bias + 8 * panel) : all(0.0f);
    int64_t blocks = matrix->inputs / BLOCK;
    if (matrix->bits == 4)
        panel4(made, count, matrix->panels + panel * blocks * PANEL4, rows, at);
    else if (matrix->bits == 8)
        panel8(made, count, matrix->panels + panel * blocks * PANEL8, rows, at);
    else
        panel16(made, count, matrix->panels + panel * blocks * PANEL16, rows, at);
    for (int r = 0; r < count; r++) {
        float *place = to + (at + r) * stride + 8 * panel;
        f8 value = made[r] + bias;
        store(place, add ? load(place) + value : value);
    }
}

/* Some panels of a matrix times `count` rows; `to` is (count, stride), stride at least the outputs in whole panels. */
static void multiply(
    const Matrix *matrix, int64_t first, int64_t end, const Rows *rows, int64_t count, float *to, int64_t stride, int add)
{
    for (int64_t panel = first; panel < end; panel++) {
        int64_t at = 0;
        for (; at + TILE <= count; at += TILE)
            tile(matrix, panel, rows, at, TILE, to, stride, add);
        switch (count - at) {
#define REST(n) \
    case n: tile(matrix, panel, rows, at, n, to, stride, add); break;
            REST(1) REST(2) REST(3) REST(4) REST(5) REST(6) REST(7)
#undef REST
        }
    }
}

/* A row of a matrix of 8 or 16 bits, as floats. */
INLINE void row_of(const Matrix *matrix, int64_t output, float *to)
{
    int64_t blocks = matrix->inputs / BLOCK, j = output % 8;
    if (matrix->bits == 16) {
        const uint16_t *weights = (const uint16_t *)(matrix->panels + output / 8 * blocks * PANEL16);
        for (int64_t i = 0; i < matrix->inputs; i++)
            to[i] = halves(weights + 8 * i)[j];
        return;
    }
    const uint8_t *panel = matrix->panels + output / 8 * blocks * PANEL8;
    for (int64_t b = 0; b < blocks; b++, panel += PANEL8) {
        float scale = halves((const uint16_t *)(panel + 256))[j];
        for (int n = 0; n < BLOCK; n++)
            to[b * BLOCK + n] = scale * (float)(int8_t)panel[n / 4 * 32 + 4 * j + n % 4];
    }
}
