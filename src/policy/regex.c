#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

#include "policy/matcher.h"

enum {
    HEAP_MOST_KIB = 1024, /* of one match */
    ANSWERS_KEPT = 32,
    ANSWER_TEXT_MOST = 62 /* bytes of a text whose answer is kept */
};

/* What a text was answered last: programs and paths come again and again. */
struct answer {
    bool matches;
    uint8_t len; /* 0 where nothing is kept */
    char text[ANSWER_TEXT_MOST];
};

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    struct answer answers[ANSWERS_KEPT];
};

struct regex *regex_new(struct span pattern, struct error *err)
{
    struct regex *regex = calloc(1, sizeof *regex);
    PCRE2_UCHAR why[256];
    PCRE2_SIZE where;
    int code;

    if (regex == NULL)
        abort();
    regex->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
                                PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &code, &where, NULL);
    if (regex->code == NULL) {
        pcre2_get_error_message(code, why, sizeof why);
        error_set(err, -EINVAL, "regular expression, at byte %zu: %s", where, (const char *)why);
        regex_free(regex);
        return NULL;
    }
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->context = pcre2_match_context_create(NULL);
    if (regex->data == NULL || regex->context == NULL)
        abort();
    pcre2_set_match_limit(regex->context, MATCHER_STEPS_MOST);
    pcre2_set_depth_limit(regex->context, MATCHER_STEPS_MOST);
    pcre2_set_heap_limit(regex->context, HEAP_MOST_KIB);
    return regex;
}

static int match(const struct regex *regex, struct span text)
{
    int status = pcre2_match(regex->code, (PCRE2_SPTR)(text.data != NULL ? text.data : ""),
                             text.len, 0, 0, regex->data, regex->context);

    if (status == PCRE2_ERROR_NOMATCH)
        return 0;
    return status >= 0 ? 1 : -E2BIG;
}

/* By its last bytes, in which paths differ most. */
static struct answer *find_answer(struct regex *regex, struct span text)
{
    uint64_t end = 0;
    size_t len = text.len < sizeof end ? text.len : sizeof end;

    memcpy(&end, text.data + text.len - len, len);
    return &regex->answers[((end ^ text.len) * UINT64_C(0x9E3779B97F4A7C15) >> 32) % ANSWERS_KEPT];
}

int regex_matches(struct regex *regex, struct span text)
{
    if (text.len == 0 || text.len > ANSWER_TEXT_MOST)
        return match(regex, text);

    struct answer *kept = find_answer(regex, text);

    if (kept->len == text.len && memcmp(kept->text, text.data, text.len) == 0)
        return kept->matches;

    int answer = match(regex, text);

    if (answer >= 0) {
        kept->matches = answer != 0;
        kept->len = (uint8_t)text.len;
        memcpy(kept->text, text.data, text.len);
    }
    return answer;
}

void regex_free(struct regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_match_context_free(regex->context);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex);
}
