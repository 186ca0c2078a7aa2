#include "policy/question.h"

#include <stdlib.h>

#include "policy/term.h"

static struct question *add(struct questions *questions, const struct term *term, uint64_t hash)
{
    uint32_t *last = &questions->last[hash % QUESTION_LISTS];

    if (questions->count == questions->room) {
        questions->room = questions->room > 0 ? questions->room * 2 : QUESTION_LISTS;
        questions->items = realloc(questions->items, questions->room * sizeof *questions->items);
        if (questions->items == NULL)
            abort();
    }

    struct question *question = &questions->items[questions->count++];

    *question = (struct question){ .term = term, .hash = hash, .before = *last };
    question->rows = calloc(questions->words, sizeof *question->rows);
    if (question->rows == NULL)
        abort();
    *last = (uint32_t)questions->count;
    return question;
}

static struct question *find(const struct questions *questions, const struct term *term,
                             uint64_t hash)
{
    uint32_t next = questions->last[hash % QUESTION_LISTS];

    while (next > 0) {
        struct question *question = &questions->items[next - 1];

        if (question->hash == hash && term_equal(question->term, term))
            return question;
        next = question->before;
    }
    return NULL;
}

uint32_t questions_add(struct questions *questions, const struct term *term, size_t row)
{
    uint64_t hash = term_hash(term);
    struct question *question = find(questions, term, hash);

    if (question == NULL)
        question = add(questions, term, hash);
    question->rows[row / 64] |= UINT64_C(1) << row % 64;
    question->popular++;
    return (uint32_t)(question - questions->items);
}

void questions_free(struct questions *questions)
{
    for (size_t i = 0; i < questions->count; i++)
        free(questions->items[i].rows);
    free(questions->items);
}

bool question_precedes(const struct question *a, const struct question *b)
{
    unsigned cost_of_a = term_cost(a->term), cost_of_b = term_cost(b->term);

    return cost_of_a != cost_of_b ? cost_of_a < cost_of_b : a->popular > b->popular;
}
