/*
 * kafka_cluster.c - librdkafka's mock cluster as a program, for spec/output/kafka_spec.lua.
 *
 *   kafka_cluster BROKERS
 *
 * Prints where the brokers listen, then obeys standard input, a command a line, and answers each
 * with a line that begins with "ok" or "error". Ends with its input.
 *
 *   create TOPIC PARTITIONS
 *   down BROKER, up BROKER      a broker's connections and its listener; numbered from 1
 *   delay BROKER MS             before each answer
 *   refuse CODE COUNT           answer so many produce requests with that error
 *   spoil TOPIC CODE            answer everything about the topic with that error; 0: no more
 *   read TOPIC FILE             append what comes to the topic from now on and what is there,
 *                               a line each: OFFSET, tab, KEY, tab, headers "name=value;", tab,
 *                               body
 *   count                       "ok N": messages written by all `read`s
 *   batches TOPIC FILE          what partition 0 holds, a line a batch: OFFSET COUNT CODEC PRODUCER
 *                               EPOCH SEQUENCE. A broker throws a batch away when it has one of the
 *                               same producer, epoch and sequence; the mock cluster keeps both.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PRODUCE = 0, /* numbers of Kafka's protocol */
    FETCH = 1,
    FETCH_VERSION = 4,
    ANSWER_MOST = 16 << 20,
    RECORDS_AT = 4 + 4 + 4 + 2 /* the topic's name */ + 4 + 4 + 2 + 8 + 8 + 4 + 4
};

struct reader {
    rd_kafka_t *consumer;
    FILE *file;
    pthread_t thread;
    struct reader *next;
};

static atomic_size_t read_count;
static atomic_bool is_over;

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[512];

    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[512];

    set(conf, "log_level", "0");

    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof why);

    if (made == NULL) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    return made;
}

static void write_message(FILE *file, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t len;

    fprintf(file, "%lld\t", (long long)message->offset);
    if (message->key != NULL)
        fwrite(message->key, 1, message->key_len, file);
    fputc('\t', file);
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == 0; i++)
            fprintf(file, "%s=%.*s;", name, (int)len, (const char *)value);
    }
    fputc('\t', file);
    fwrite(message->payload, 1, message->len, file);
    fputc('\n', file);
}

static void *run_reader(void *context)
{
    struct reader *self = context;

    while (!is_over) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(self->consumer, 50);

        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            write_message(self->file, message);
            fflush(self->file);
            read_count++;
        }
        rd_kafka_message_destroy(message);
    }
    return NULL;
}

static void start_reader(struct reader **readers, const char *brokers, const char *topic,
                         const char *path)
{
    struct reader *self = calloc(1, sizeof *self);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);

    if (self == NULL || (self->file = fopen(path, "w")) == NULL) {
        perror(path);
        exit(1);
    }
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", "reader");
    set(conf, "fetch.wait.max.ms", "20");
    set(conf, "reconnect.backoff.max.ms", "200");
    self->consumer = client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(self->consumer);
    for (int i = 0; i < 4; i++) /* a partition that is not there is an error that is not counted */
        rd_kafka_topic_partition_list_add(all, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(self->consumer, all);
    rd_kafka_topic_partition_list_destroy(all);
    self->next = *readers;
    *readers = self;
    pthread_create(&self->thread, NULL, run_reader, self);
}

/* The first broker leads. */
static void create(rd_kafka_mock_cluster_t *cluster, const char *topic, int partitions)
{
    rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
    for (int i = 0; i < partitions; i++)
        rd_kafka_mock_partition_set_leader(cluster, topic, i, 1);
}

static void refuse(rd_kafka_mock_cluster_t *cluster, rd_kafka_resp_err_t error, int count)
{
    for (int i = 0; i < count; i++)
        rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, error);
}

static void put(char **at, uint64_t value, size_t size)
{
    uint64_t big = htobe64(value);

    memcpy(*at, (char *)&big + 8 - size, size);
    *at += size;
}

static uint64_t get(const char *at, size_t size)
{
    uint64_t big = 0;

    memcpy((char *)&big + 8 - size, at, size);
    return be64toh(big);
}

static int connect_to_first(const char *brokers)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strchr(brokers, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static void read_all(int fd, char *to, size_t len)
{
    while (len > 0) {
        ssize_t got = read(fd, to, len);

        if (got <= 0) {
            perror("fetch");
            exit(1);
        }
        to += got;
        len -= (size_t)got;
    }
}

/* Asks for partition 0 from `offset` on; what comes is in `answer`. Returns its length. */
static size_t fetch(int fd, const char *topic, uint64_t offset, char *answer)
{
    char request[512], *at = request + 4;
    size_t name = strlen(topic);

    put(&at, FETCH, 2), put(&at, FETCH_VERSION, 2);
    put(&at, 1, 4), put(&at, UINT16_MAX, 2);      /* correlation; no client id */
    put(&at, UINT32_MAX, 4), put(&at, 100, 4);    /* no replica; wait 100 ms */
    put(&at, 0, 4), put(&at, ANSWER_MOST / 2, 4); /* for so many bytes */
    put(&at, 0, 1), put(&at, 1, 4), put(&at, name, 2);
    memcpy(at, topic, name);
    at += name;
    put(&at, 1, 4), put(&at, 0, 4), put(&at, offset, 8), put(&at, ANSWER_MOST / 2, 4);

    size_t len = (size_t)(at - request);

    at = request;
    put(&at, len - 4, 4);
    if (write(fd, request, len) != (ssize_t)len)
        exit(1);
    read_all(fd, answer, 4);
    len = get(answer, 4);
    if (len > ANSWER_MOST)
        exit(1);
    read_all(fd, answer, len);
    return len;
}

static void write_batches(const char *brokers, const char *topic, const char *path)
{
    char *answer = malloc(ANSWER_MOST);
    FILE *file = fopen(path, "w");
    int fd = connect_to_first(brokers);
    uint64_t offset = 0;
    bool has_more = true;

    if (answer == NULL || file == NULL)
        exit(1);
    while (has_more) {
        size_t len = fetch(fd, topic, offset, answer), at = RECORDS_AT + strlen(topic);

        has_more = false;
        while (at + 61 <= len) {
            const char *batch = answer + at;
            uint64_t begin = get(batch, 8), count = get(batch + 57, 4);

            has_more = has_more || begin >= offset;
            if (begin >= offset)
                fprintf(file, "%llu %llu %llu %llu %llu %llu\n", (unsigned long long)begin,
                        (unsigned long long)count, (unsigned long long)get(batch + 21, 2) & 7,
                        (unsigned long long)get(batch + 43, 8),
                        (unsigned long long)get(batch + 51, 2),
                        (unsigned long long)get(batch + 53, 4));
            offset = begin + count > offset ? begin + count : offset;
            at += 12 + get(batch + 8, 4);
        }
    }
    close(fd);
    fclose(file);
    free(answer);
}

/* False when the line is no command. */
static bool obey(rd_kafka_mock_cluster_t *cluster, struct reader **readers, const char *line)
{
    char topic[256], path[512];
    int number, other;

    if (sscanf(line, "create %255s %d", topic, &number) == 2)
        create(cluster, topic, number);
    else if (sscanf(line, "down %d", &number) == 1)
        rd_kafka_mock_broker_set_down(cluster, number);
    else if (sscanf(line, "up %d", &number) == 1)
        rd_kafka_mock_broker_set_up(cluster, number);
    else if (sscanf(line, "delay %d %d", &number, &other) == 2)
        rd_kafka_mock_broker_set_rtt(cluster, number, other);
    else if (sscanf(line, "refuse %d %d", &number, &other) == 2)
        refuse(cluster, (rd_kafka_resp_err_t)number, other);
    else if (sscanf(line, "spoil %255s %d", topic, &number) == 2)
        rd_kafka_mock_topic_set_error(cluster, topic, (rd_kafka_resp_err_t)number);
    else if (sscanf(line, "read %255s %511s", topic, path) == 2)
        start_reader(readers, rd_kafka_mock_cluster_bootstraps(cluster), topic, path);
    else if (sscanf(line, "batches %255s %511s", topic, path) == 2)
        write_batches(rd_kafka_mock_cluster_bootstraps(cluster), topic, path);
    else
        return strcmp(line, "count\n") == 0;
    return true;
}

int main(int argc, char **argv)
{
    char line[1024];
    struct reader *readers = NULL;
    rd_kafka_t *host = client(RD_KAFKA_PRODUCER, rd_kafka_conf_new());
    rd_kafka_mock_cluster_t *cluster =
        rd_kafka_mock_cluster_new(host, argc > 1 ? atoi(argv[1]) : 1);

    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (obey(cluster, &readers, line))
            printf("ok %zu\n", read_count);
        else
            printf("error\n");
    }
    is_over = true;
    for (struct reader *each = readers; each != NULL; each = each->next) {
        pthread_join(each->thread, NULL);
        fclose(each->file);
    }
    return 0; /* the clients end with the process: their brokers may be down */
}
