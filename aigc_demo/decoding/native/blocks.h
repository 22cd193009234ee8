/* Matrices in blocks of 4 or 8 bits, times rows that are brought into blocks of 8 bits.

   Knows one matrix and some rows. Knows nothing of layers.

   The scheme is GGML's (Q4_1, Q8_0 and, for the rows, Q8_1): 32 neighbouring weights of an output share a scale d
   and, in 4 bits, a least value m: weight = d q + m, q in 0 .. 15; in 8 bits weight = d q, q in -127 .. 127. A row's
   block is x = s p with p in -127 .. 127. So 32 products are an exact sum of small integers, and

       sum(weight * x) = d s sum(q p) + m s sum(p).

   Eight outputs lie together: byte 4 j + i of a run of 32 bytes belongs to output j and input i of a group of
   four inputs, and groups 0 .. 7 make the block. In 4 bits groups 0 .. 3 are the low halves of four runs, 4 .. 7 the
   high ones; sixteen products of 15 * 127 stay within 16 bits. Floats are added block after block, in the same
   order for every row, whatever rows are beside it. */

#pragma once
#include "lanes.h"

enum { BLOCK = 32, TILE = 4, PANEL4 = 128 + 32, PANEL8 = 256 + 16 };

/* Rows in blocks: numbers (count, inputs), and for each block its scale, and its scale times the sum. */
typedef struct {
    int64_t inputs;
    int8_t *numbers;
    float *scales, *sums;
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

#ifdef AVX2

/* The eight runs of a block of 4 or 8 bits. */
typedef struct { __m256i run[8]; } Block;

INLINE __m256i run_of(const uint8_t *from) { return _mm256_loadu_si256((const __m256i *)from); }

INLINE Block block4(const uint8_t *panel)
{
    const __m256i low = _mm256_set1_epi8(15);
    Block made;
    for (int n = 0; n < 4; n++) {
        __m256i both = run_of(panel + 32 * n);
        made.run[n] = _mm256_and_si256(both, low);
        made.run[n + 4] = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
    }
    return made;
}

INLINE Block block8(const uint8_t *panel)
{
    Block made;
    for (int n = 0; n < 8; n++)
        made.run[n] = run_of(panel + 32 * n);
    return made;
}

INLINE __m256i four(const int8_t *from)
{
    int32_t inputs;
    __builtin_memcpy(&inputs, from, 4);
    return _mm256_set1_epi32(inputs);
}

/* For each of eight outputs the sum of 32 products with a row. */
INLINE f8 dots4(const Block *block, const int8_t *row)
{
    __m256i total = _mm256_maddubs_epi16(block->run[0], four(row));
    for (int n = 1; n < 8; n++)
        total = _mm256_add_epi16(total, _mm256_maddubs_epi16(block->run[n], four(row + 4 * n)));
    return _mm256_cvtepi32_ps(_mm256_madd_epi16(total, _mm256_set1_epi16(1)));
}

INLINE f8 dots8(const Block *block, const int8_t *row)
{
    const __m256i one = _mm256_set1_epi16(1);
    __m256i total = _mm256_setzero_si256();
    for (int n = 0; n < 8; n++) {
        __m256i weights = block->run[n];
        __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(four(row + 4 * n), weights));
        total = _mm256_add_epi32(total, _mm256_madd_epi16(pairs, one));
    }
    return _mm256_cvtepi32_ps(total);
}

#else

typedef struct { int8_t run[8][32]; } Block;

INLINE Block block4(const uint8_t *panel)
{
    Block made;
    for (int n = 0; n < 4; n++)
        for (int j = 0; j < 32; j++) {
            made.run[n][j] = panel[32 * n + j] & 15;
            made.run[n + 4][j] = panel[32 * n + j] >> 4;
        }
    return made;
}

INLINE Block block8(const uint8_t *panel)
{
    Block made;
    __builtin_memcpy(&made, panel, sizeof made);
    return made;
}

INLINE f8 dots8(const Block *block, const int8_t *row)
{
    i8 total = {};
    for (int n = 0; n < 8; n++)
        for (int j = 0; j < 8; j++)
            for (int i = 0; i < 4; i++)
                total[j] += block->run[n][4 * j + i] * row[4 * n + i];
    return to_float(total);
}

#define dots4 dots8

#endif

/* One panel times `count` rows (known when compiled), beginning with row `at`: eight outputs of each. */
INLINE void panel4(f8 *made, const int count, const uint8_t *panel, const Rows *rows, int64_t at)
{
    int64_t blocks = rows->inputs / BLOCK;
    for (int r = 0; r < count; r++)
        made[r] = all(0.0f);
    for (int64_t b = 0; b < blocks; b++, panel += PANEL4) {
        Block block = block4(panel);
        f8 scale = halves((const uint16_t *)(panel + 128)), least = halves((const uint16_t *)(panel + 144));
        for (int r = 0; r < count; r++) {
            int64_t place = (at + r) * blocks + b;
            f8 products = dots4(&block, rows->numbers + place * BLOCK);
            made[r] = fma8(products, scale * all(rows->scales[place]), made[r]);
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
        Block block = block8(panel);
        f8 scale = halves((const uint16_t *)(panel + 256));
        for (int r = 0; r < count; r++) {
            int64_t place = (at + r) * blocks + b;
            f8 products = dots8(&block, rows->numbers + place * BLOCK);
            made[r] = fma8(products, scale * all(rows->scales[place]), made[r]);
        }
    }
}

/* One panel times rows `at` to `at + count`, written or added to (count, stride) floats at the panel's outputs. */
INLINE void tile(
    const Matrix *matrix, int64_t panel, const Rows *rows, int64_t at, const int count, float *to, int64_t stride, int add)
{
    f8 made[TILE], bias = matrix->bias ? load(matrix->bias + 8 * panel) : all(0.0f);
    int64_t blocks = matrix->inputs / BLOCK;
    if (matrix->bits == 4)
        panel4(made, count, matrix->panels + panel * blocks * PANEL4, rows, at);
    else
        panel8(made, count, matrix->panels + panel * blocks * PANEL8, rows, at);
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
        case 3: tile(matrix, panel, rows, at, 3, to, stride, add); break;
        case 2: tile(matrix, panel, rows, at, 2, to, stride, add); break;
        case 1: tile(matrix, panel, rows, at, 1, to, stride, add); break;
        }
    }
}

/* A row of a matrix of 8 bits, as floats. */
INLINE void row_of(const Matrix *matrix, int64_t output, float *to)
{
    int64_t blocks = matrix->inputs / BLOCK, j = output % 8;
    const uint8_t *panel = matrix->panels + output / 8 * blocks * PANEL8;
    for (int64_t b = 0; b < blocks; b++, panel += PANEL8) {
        float scale = halves((const uint16_t *)(panel + 256))[j];
        for (int n = 0; n < BLOCK; n++)
            to[b * BLOCK + n] = scale * (float)(int8_t)panel[n / 4 * 32 + 4 * j + n % 4];
    }
}
