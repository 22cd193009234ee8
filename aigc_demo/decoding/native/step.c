/* One step of a Llama-like network for many sequences at once: token numbers in, scores out.

   Knows layers, attention and how several threads share a step. Knows nothing of sampling, nor of who asks; the
   Python side (quick.py) fills in the structs below and keeps what they point to.

   A step is a list of stages, and a stage some units that may be computed in any order by anybody. Each thread takes
   the next unit nobody has taken; whoever finishes the last one of a stage opens the next. So nobody waits for a
   thread that has not come yet, and no sum is ever split: the numbers are the same whatever the number of threads. */

#include "blocks.h"

/* Weights of a layer; norms that are not there are null. */
typedef struct {
    const float *norm1, *norm2, *query_norm, *key_norm;
    Matrix qkv, out, up, down;
} Layer;

/* turns: (context, width / 2) pairs of cosine and sine. */
typedef struct {
    int64_t hidden, layers, heads, kv_heads, width, inner;
    float epsilon;
    const float *turns, *final;
    const Layer *layer;
    Matrix table, head;
} Network;

/* One step. tokens, places (positions) and slots: (count); scored: which rows get scores (scored_count).
   memory: keys and values in half (memory_bits 16) or single precision (32), (layers, 2, slots, kv heads, length, width).
   Room to compute in: stream (count, hidden), made (count, largest), chances (count, heads, length): attention as
   probabilities, each layer's over the last one's, or chances_kept numbers further on where they are to be read.
   scores: (scored_count, outputs of the head in whole panels). */
typedef struct {
    const Network *network;
    int64_t count, scored_count;
    const int64_t *tokens, *places, *slots, *scored;
    uint8_t *memory;
    int64_t memory_slots, memory_bits, length, chances_kept;
    float *stream, *made, *chances, *scores;
    Rows narrow, mixed, wide;
    uint64_t ticket, done;
} Step;

enum { NORM1, QKV, TURN, ATTEND, OUT, NORM2, UP, DOWN, STAGES };
/* Units of a large stage; heads together; looks before a thread rests; numbers in a line of the cache, and how many
   positions ahead keys are asked for: each head's lie in a place of their own, where no CPU expects the next ones. */
enum { SHARES = 16, TOGETHER = 4, PATIENCE = 4000, LINE = 32, AHEAD = 12 };

extern int sched_yield(void);

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t panels(const Matrix *matrix) { return (matrix->outputs + 7) / 8; }

/* Root mean square normalisation; `weight` may be null. */
INLINE void norm(const float *from, const float *weight, int64_t size, float epsilon, float *to)
{
    f8 squares = all(0.0f);
    for (int64_t n = 0; n < size; n += 8)
        squares = fma8(load(from + n), load(from + n), squares);
    f8 factor = all(1.0f / __builtin_sqrtf(sum(squares) / (float)size + epsilon));
    for (int64_t n = 0; n < size; n += 8)
        store(to + n, load(from + n) * factor * (weight ? load(weight + n) : all(1.0f)));
}

/* A normed row of the stream, in blocks, as row `at` of the narrow rows. */
static void normed(const Step *step, int64_t row, const float *weight, int64_t at)
{
    int64_t size = step->network->hidden;
    float made[size];
    norm(step->stream + row * size, weight, size, step->network->epsilon, made);
    for (int64_t b = 0; b < size / BLOCK; b++)
        keep(&step->narrow, at, b, made + b * BLOCK);
}

/* Keys (kind 0) or values (kind 1) of a head of one sequence: (length, width). */
static uint8_t *kept(const Step *step, int64_t layer, int64_t kind, int64_t slot, int64_t head)
{
    const Network *network = step->network;
    int64_t place = ((layer * 2 + kind) * step->memory_slots + slot) * network->kv_heads + head;
    return step->memory + place * step->length * network->width * (step->memory_bits / 8);
}

/* Eight numbers of the memory, from number `at` on; its bits are known when compiled. */
INLINE f8 recalled(const uint8_t *from, int64_t at, const int bits)
{
    return bits == 32 ? load((const float *)from + at) : halves((const uint16_t *)from + at);
}

/* Rotary embedding (Su et al. 2021): the numbers of a head in pairs (a, b), each turned by its angle: a cosine - b sine
   and b cosine + a sine. Written in lanes: of plain numbers GCC would make a fused subtraction, whatever it is told. */
INLINE void turn(float *head, const float *turns, int64_t width)
{
    const i8 minus_first = {INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0};
    for (int64_t n = 0; n < width; n += 8) {
        f8 pairs = load(head + n), angles = load(turns + n);
        f8 sines = (f8)((i8)seconds(angles) ^ minus_first);
        store(head + n, pairs * firsts(angles) + swapped(pairs) * sines);
    }
}

/* Norm and turn the queries and keys of a row, and keep its keys and values. */
static void place_row(const Step *step, int64_t number, int64_t row)
{
    const Network *network = step->network;
    const Layer *layer = network->layer + number;
    int64_t width = network->width, heads = network->heads, kv_heads = network->kv_heads;
    int64_t slot = step->slots[row], place = step->places[row];
    float *made = step->made + row * panels(&layer->qkv) * 8;
    for (int64_t head = 0; head < heads + kv_heads; head++) {
        const float *weight = head < heads ? layer->query_norm : layer->key_norm;
        if (weight)
            norm(made + head * width, weight, width, network->epsilon, made + head * width);
        turn(made + head * width, network->turns + place * width, width);
    }
    for (int64_t kind = 0; kind < 2; kind++)
        for (int64_t head = 0; head < kv_heads; head++) {
            const float *from = made + (heads + kind * kv_heads + head) * width;
            uint8_t *to = kept(step, number, kind, slot, head);
            for (int64_t n = 0; n < width; n += 8)
                if (step->memory_bits == 32)
                    store((float *)to + place * width + n, load(from + n));
                else
                    store_halves((uint16_t *)to + place * width + n, load(from + n));
        }
}

/* Scores as probabilities, in place; there is room for whole lanes. */
static void softmax(float *scores, int64_t count)
{
    f8 peak = all(-1e30f), total = all(0.0f);
    for (int64_t at = count; at % 8; at++)
        scores[at] = -1e30f;
    for (int64_t at = 0; at < count; at += 8)
        peak = most(peak, load(scores + at));
    peak = all(largest(peak));
    for (int64_t at = 0; at < count; at += 8) {
        f8 made = exp8(load(scores + at) - peak);
        total += made;
        store(scores + at, made);
    }
    f8 part = all(1.0f / sum(total));
    for (int64_t at = 0; at < count; at += 8)
        store(scores + at, load(scores + at) * part);
}

/* Attention of some query heads (their number is known when compiled) to `count` positions of the keys and values that
   they share: queries (heads, width), chances (heads, length), made (heads, width). */
INLINE void attend_together(
    const int heads, const int bits, const float *queries, const uint8_t *keys, const uint8_t *values, int64_t count,
    int64_t width, float *chances, int64_t length, float *made)
{
    float scale = 1.0f / __builtin_sqrtf((float)width);
    for (int64_t at = 0; at < count; at++) {
        f8 total[TOGETHER] = {};
        for (int64_t n = 0; n < width; n += LINE) {
            __builtin_prefetch(keys + ((at + AHEAD) * width + n) * (bits / 8));
            __builtin_prefetch(values + (at * width + n) * (bits / 8));
        }
        for (int64_t n = 0; n < width; n += 8) {
            f8 key = recalled(keys, at * width + n, bits);
            for (int h = 0; h < heads; h++)
                total[h] = fma8(load(queries + h * width + n), key, total[h]);
        }
        for (int h = 0; h < heads; h++)
            chances[h * length + at] = sum(total[h]) * scale;
    }
    for (int h = 0; h < heads; h++)
        softmax(chances + h * length, count);
    for (int64_t n = 0; n < width; n += 16) {
        f8 first[TOGETHER] = {}, second[TOGETHER] = {};
        for (int64_t at = 0; at < count; at++) {
            f8 value = recalled(values, at * width + n, bits), next = recalled(values, at * width + n + 8, bits);
            for (int h = 0; h < heads; h++) {
                f8 chance = all(chances[h * length + at]);
                first[h] = fma8(chance, value, first[h]);
                second[h] = fma8(chance, next, second[h]);
            }
        }
        for (int h = 0; h < heads; h++) {
            store(made + h * width + n, first[h]);
            store(made + h * width + n + 8, second[h]);
        }
    }
}

/* The same for any small number of heads. */
INLINE void attend_some(
    int64_t heads, const int bits, const float *queries, const uint8_t *keys, const uint8_t *values, int64_t count,
    int64_t width, float *chances, int64_t length, float *made)
{
    switch (heads) {
    case 1: attend_together(1, bits, queries, keys, values, count, width, chances, length, made); break;
    case 2: attend_together(2, bits, queries, keys, values, count, width, chances, length, made); break;
    case 3: attend_together(3, bits, queries, keys, values, count, width, chances, length, made); break;
    default: attend_together(TOGETHER, bits, queries, keys, values, count, width, chances, length, made);
    }
}

/* Attention of the query heads of a row that share one head of keys. */
static void attend(const Step *step, int64_t number, int64_t row, int64_t kv_head)
{
    const Network *network = step->network;
    int64_t width = network->width, sharing = network->heads / network->kv_heads, length = step->length;
    int64_t count = step->places[row] + 1, stride = panels(&network->layer[number].qkv) * 8;
    const uint8_t *keys = kept(step, number, 0, step->slots[row], kv_head);
    const uint8_t *values = kept(step, number, 1, step->slots[row], kv_head);
    for (int64_t done = 0, some; done < sharing; done += some) {
        int64_t head = kv_head * sharing + done;
        const float *queries = step->made + row * stride + head * width;
        float *chances = step->chances + number * step->chances_kept + (row * network->heads + head) * length;
        float made[TOGETHER * width];
        some = least(TOGETHER, sharing - done);
        if (step->memory_bits == 32)
            attend_some(some, 32, queries, keys, values, count, width, chances, length, made);
        else
            attend_some(some, 16, queries, keys, values, count, width, chances, length, made);
        for (int64_t block = 0; block < some * width / BLOCK; block++)
            keep(&step->mixed, row, head * width / BLOCK + block, made + block * BLOCK);
    }
}

/* Some blocks of the gated inner rows: gate / (1 + exp(-gate)) * up (SwiGLU, Shazeer 2020), in blocks again. */
static void gated(const Step *step, const Matrix *matrix, int64_t first, int64_t end)
{
    int64_t stride = panels(matrix) * 8, inner = step->network->inner;
    multiply(matrix, first * 4, end * 4, &step->narrow, step->count, step->made, stride, 0);
    multiply(matrix, inner / 8 + first * 4, inner / 8 + end * 4, &step->narrow, step->count, step->made, stride, 0);
    for (int64_t row = 0; row < step->count; row++)
        for (int64_t block = first; block < end; block++) {
            float *gate = step->made + row * stride + block * BLOCK;
            for (int n = 0; n < BLOCK; n += 8) {
                f8 value = load(gate + n);
                store(gate + n, value / (all(1.0f) + exp8(-value)) * load(gate + inner + n));
            }
            keep(&step->wide, row, block, gate);
        }
}

/* -- how a step is shared ----------------------------------------------------------------------------------------- */

/* Stage 0 looks tokens up; then come the layers; then the last norm and the head. */
static int64_t stages(const Step *step) { return 1 + step->network->layers * STAGES + (step->scored_count ? 2 : 0); }

/* Into how many units a stage falls. */
static int64_t units(const Step *step, int64_t stage)
{
    const Network *network = step->network;
    int64_t in_layers = network->layers * STAGES;
    if (stage == 0)
        return step->count;
    if (stage > in_layers)
        return stage == in_layers + 1 ? step->scored_count : least(SHARES, panels(&network->head));
    const Layer *layer = network->layer + (stage - 1) / STAGES;
    switch ((stage - 1) % STAGES) {
    case QKV: return least(SHARES, panels(&layer->qkv));
    case ATTEND: return step->count * network->kv_heads;
    case OUT: return least(SHARES, panels(&layer->out));
    case UP: return least(SHARES, network->inner / BLOCK);
    case DOWN: return least(SHARES, panels(&layer->down));
    default: return step->count;
    }
}

/* A unit's share of some panels, of all rows. */
static void share(const Step *step, const Matrix *matrix, int64_t unit, const Rows *rows, int64_t count, float *to, int add)
{
    int64_t all_panels = panels(matrix), shares = least(SHARES, all_panels);
    int64_t first = all_panels * unit / shares, end = all_panels * (unit + 1) / shares;
    multiply(matrix, first, end, rows, count, to, add ? step->network->hidden : all_panels * 8, add);
}

static void compute(const Step *step, int64_t stage, int64_t unit)
{
    const Network *network = step->network;
    int64_t in_layers = network->layers * STAGES, number = (stage - 1) / STAGES, count = step->count;
    if (stage == 0) {
        row_of(&network->table, step->tokens[unit], step->stream + unit * network->hidden);
        return;
    }
    if (stage == in_layers + 1) {
        normed(step, step->scored[unit], network->final, unit);
        return;
    }
    if (stage > in_layers) {
        share(step, &network->head, unit, &step->narrow, step->scored_count, step->scores, 0);
        return;
    }
    const Layer *layer = network->layer + number;
    int64_t blocks = network->inner / BLOCK, shares = least(SHARES, blocks);
    switch ((stage - 1) % STAGES) {
    case NORM1: normed(step, unit, layer->norm1, unit); break;
    case QKV: share(step, &layer->qkv, unit, &step->narrow, count, step->made, 0); break;
    case TURN: place_row(step, number, unit); break;
    case ATTEND: attend(step, number, unit / network->kv_heads, unit % network->kv_heads); break;
    case OUT: share(step, &layer->out, unit, &step->mixed, count, step->stream, 1); break;
    case NORM2: normed(step, unit, layer->norm2, unit); break;
    case UP: gated(step, &layer->up, blocks * unit / shares, blocks * (unit + 1) / shares); break;
    case DOWN: share(step, &layer->down, unit, &step->wide, count, step->stream, 1); break;
    }
}

/* Wait a moment for what others compute; after a while let other programs have the core. */
INLINE void rest(int long_since)
{
    if (long_since)
        sched_yield();
#if defined(__x86_64__)
    else
        __builtin_ia32_pause();
#endif
}

/* Help with a step until it is done; called by each thread that wants to. The upper half of a ticket is the stage, the
   lower one the next unit of it. */
__attribute__((visibility("default"))) void run(Step *step)
{
    int64_t last = stages(step), impatience = 0;
    for (;;) {
        uint64_t ticket = __atomic_load_n(&step->ticket, __ATOMIC_ACQUIRE);
        int64_t stage = (int64_t)(ticket >> 32), all_units;
        if (stage == last)
            return;
        all_units = units(step, stage);
        if ((int64_t)(uint32_t)ticket >= all_units) {
            rest(++impatience > PATIENCE);
            continue;
        }
        if (!__atomic_compare_exchange_n(&step->ticket, &ticket, ticket + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        impatience = 0;
        compute(step, stage, (int64_t)(uint32_t)ticket);
        if ((int64_t)__atomic_add_fetch(&step->done, 1, __ATOMIC_ACQ_REL) == all_units) {
            __atomic_store_n(&step->done, 0, __ATOMIC_RELAXED);
            __atomic_store_n(&step->ticket, (uint64_t)(stage + 1) << 32, __ATOMIC_RELEASE);
        }
    }
}
