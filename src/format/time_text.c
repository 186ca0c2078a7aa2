#include "format/time_text.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_OF_400_YEARS = 146097 };

/* Days since 1970 to a date of the Gregorian calendar, counted from March of the year 0. */
static void date_of(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    days += 719468;

    uint64_t era = days / DAYS_OF_400_YEARS;
    unsigned of_era = (unsigned)(days % DAYS_OF_400_YEARS);
    unsigned years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
    unsigned from_march = (5 * of_year + 2) / 153;

    *day = of_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = years + (unsigned)(era * 400 % 100000) + (*month <= 2);
}

size_t time_text(uint64_t time_ms, char separator, const char *zone, char out[TIME_TEXT_ROOM])
{
    uint64_t seconds = time_ms / 1000;
    unsigned of_day = (unsigned)(seconds % 86400), year, month, day;

    date_of(seconds / 86400, &year, &month, &day);

    int len = snprintf(out, TIME_TEXT_ROOM, "%04u-%02u-%02u%c%02u:%02u:%02u.%03u%s", year, month,
                       day, separator, of_day / 3600, of_day / 60 % 60, of_day % 60,
                       (unsigned)(time_ms % 1000), zone);

    return len < TIME_TEXT_ROOM ? (size_t)len : TIME_TEXT_ROOM - 1;
}
