#include "output/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output/program_talk.h"
#include "output/secret.h"

enum {
    PIPE_BYTES = 1 << 20, /* of standard input, where the kernel allows it */
    TALK_PIECE = 4096,
    TALK_LAST = 16 /* pieces that are read when it has ended: others may hold its standard error */
};

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* One life of the program. */
struct life {
    struct program *program;
    uv_process_t process;
    uv_pipe_t talk;
    uv_timer_t grace;
    int feed;   /* the end of its standard input that is written */
    int unread; /* the other end, never read: it tells what the program has left there */
    bool is_killed, is_letting_go;
    unsigned held; /* handles that the loop holds */
    char piece[TALK_PIECE];
};

struct program {
    uv_loop_t *loop;
    struct program_settings settings; /* texts are copies */
    char *texts;
    char **argv;
    struct option_pair *pairs;
    struct life *life; /* NULL: it does not run */
    size_t left;       /* unread when it ended */
    struct program_talk talk;
    program_ended *ended;
    void *context;
    void (*closed)(void *context);
    bool is_closing;
    unsigned lives; /* that the loop still holds */
};

static char *put_text(char **at, struct span text)
{
    char *copy = *at;

    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *at += text.len + 1;
    return copy;
}

static struct span keep(char **at, struct span text)
{
    return text.data == NULL ? text : (struct span){ put_text(at, text), text.len };
}

static size_t texts_size(const struct program_settings *settings)
{
    size_t size = settings->directory.len + 1;

    for (size_t i = 0; i < settings->command.count; i++)
        size += settings->command.list[i].len + 1;
    for (size_t i = 0; i < settings->environment.count; i++) {
        const struct option_pair *pair = &settings->environment.list[i];

        size += pair->name.len + pair->value.len + pair->secret.file.len + pair->secret.env.len + 4;
    }
    return size;
}

static void keep_settings(struct program *program, const struct program_settings *settings)
{
    char *at = program->texts = malloc(texts_size(settings));
    size_t count = settings->command.count, pairs = settings->environment.count;

    program->argv = calloc(count + 1, sizeof *program->argv);
    program->pairs = calloc(pairs + 1, sizeof *program->pairs);
    if (at == NULL || program->argv == NULL || program->pairs == NULL)
        abort();
    program->settings = *settings;
    program->settings.directory = keep(&at, settings->directory);
    for (size_t i = 0; i < count; i++)
        program->argv[i] = put_text(&at, settings->command.list[i]);
    for (size_t i = 0; i < pairs; i++) {
        const struct option_pair *pair = &settings->environment.list[i];

        program->pairs[i] = (struct option_pair){
            .name = keep(&at, pair->name),
            .value = keep(&at, pair->value),
            .secret = { keep(&at, pair->secret.file), keep(&at, pair->secret.env) },
        };
    }
    program->settings.environment.list = program->pairs;
}

/* A user's own group, where none is given: root's would be left to it otherwise. */
static void settle_group(struct program_settings *settings)
{
    struct passwd entry, *found = NULL;
    char room[16384];

    if (!settings->user.is_given || settings->group.is_given)
        return;
    settings->group = (struct option_owner){ true, settings->user.id };
    if (getpwuid_r(settings->user.id, &entry, room, sizeof room, &found) == 0 && found != NULL)
        settings->group.id = found->pw_gid;
}

struct program *program_new(uv_loop_t *loop, const struct log *log, struct span name,
                            const struct program_settings *settings, program_ended *ended,
                            void *context)
{
    struct program *program = calloc(1, sizeof *program);

    if (program == NULL)
        abort();
    keep_settings(program, settings);
    settle_group(&program->settings);
    program->loop = loop;
    program->talk = (struct program_talk){ .log = log, .name = name };
    program->ended = ended;
    program->context = context;
    return program;
}

static void finish_close(struct program *program)
{
    void (*closed)(void *) = program->closed;
    void *context = program->context;

    if (!program->is_closing || program->life != NULL || program->lives > 0)
        return;
    free(program->argv);
    free(program->pairs);
    free(program->texts);
    free(program);
    if (closed != NULL)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct life *life = handle->data;
    struct program *program = life->program;

    if (--life->held > 0)
        return;
    free(life);
    program->lives--;
    finish_close(program);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void let_go(struct life *life)
{
    if (life->is_letting_go)
        return;
    life->is_letting_go = true;
    close_fd(&life->feed);
    close_fd(&life->unread);
    uv_close((uv_handle_t *)&life->process, on_handle_closed);
    uv_close((uv_handle_t *)&life->talk, on_handle_closed);
    uv_close((uv_handle_t *)&life->grace, on_handle_closed);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct life *life = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(life->piece, sizeof life->piece);
}

static void on_talk(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct life *life = stream->data;

    if (count > 0)
        program_talk_take(&life->program->talk, (struct span){ buffer->base, (size_t)count },
                          uv_hrtime() / 1000000000);
    else if (count < 0)
        uv_read_stop(stream);
}

/* What it said last: the loop may tell of its end first. */
static void hear_last(struct life *life)
{
    struct program_talk *talk = &life->program->talk;
    uv_os_fd_t fd;
    ssize_t got;

    if (uv_fileno((const uv_handle_t *)&life->talk, &fd) == 0)
        for (int i = 0; i < TALK_LAST && (got = read(fd, life->piece, sizeof life->piece)) > 0; i++)
            program_talk_take(talk, (struct span){ life->piece, (size_t)got },
                              uv_hrtime() / 1000000000);
    program_talk_end(talk);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
    struct life *life = process->data;
    struct program *program = life->program;
    char how[512];

    if (number != 0)
        snprintf(how, sizeof how, "'%.300s' (pid %d) was ended by signal %d (%s)", program->argv[0],
                 process->pid, number, strsignal(number));
    else
        snprintf(how, sizeof how, "'%.300s' (pid %d) ended with status %d", program->argv[0],
                 process->pid, (int)status);
    kill(-process->pid, SIGKILL); /* what it may have left in its session */
    hear_last(life);
    program->left = program_unread(program);
    program->life = NULL;
    if (!program->is_closing)
        program->ended(program->context, how, number != 0 || status != 0);
    else if ((number != 0 || status != 0) && !life->is_killed)
        log_write(program->talk.log, LOG_LEVEL_WARNING,
                  "output '%.*s': %s at the end; what it had read last may be lost",
                  SPAN_ARG(program->talk.name), how);
    let_go(life);
}

static void free_environment(char **environment)
{
    for (size_t i = 0; environment[i] != NULL; i++) {
        explicit_bzero(environment[i], strlen(environment[i]));
        free(environment[i]);
    }
    free(environment);
}

static char *make_variable(const struct option_pair *pair, struct error *err)
{
    struct buffer secret = { 0 };
    struct span value = pair->value;
    char *variable = NULL;

    if (value.data == NULL && secret_is_given(&pair->secret)) {
        if (secret_read(&pair->secret, &secret, err) != 0)
            return NULL;
        value = buffer_span(&secret);
    }
    if (asprintf(&variable, "%.*s=%.*s", SPAN_ARG(pair->name), SPAN_ARG(value)) < 0)
        abort();
    secret_forget(&secret);
    return variable;
}

/* PATH, and what was given; ends with NULL. NULL with a sentence. */
static char **make_environment(const struct program *program, struct error *err)
{
    const struct option_pairs *pairs = &program->settings.environment;
    char **environment = calloc(pairs->count + 2, sizeof *environment);
    size_t count = 0;
    bool has_path = false;

    if (environment == NULL)
        abort();
    for (size_t i = 0; i < pairs->count; i++) {
        environment[count] = make_variable(&pairs->list[i], err);
        if (environment[count++] == NULL) {
            free_environment(environment);
            return NULL;
        }
        has_path |= span_equal(pairs->list[i].name, SPAN("PATH"));
    }
    if (!has_path && (environment[count] = strdup(DEFAULT_PATH)) == NULL)
        abort();
    return environment;
}

static struct life *make_life(struct program *program, int ends[2])
{
    struct life *life = calloc(1, sizeof *life);

    if (life == NULL)
        abort();
    *life = (struct life){ .program = program, .feed = ends[1], .unread = ends[0], .held = 3 };
    uv_pipe_init(program->loop, &life->talk, 0);
    uv_timer_init(program->loop, &life->grace);
    life->process.data = life->talk.data = life->grace.data = life;
    program->lives++;
    return life;
}

/* Descriptors that laudit itself was given, and that some library opened without O_CLOEXEC. */
static void inherit_nothing(void)
{
    enum { FIRST = 3 };

    if (close_range(FIRST, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        uv_disable_stdio_inheritance();
}

static int spawn(struct life *life, char **environment)
{
    const struct program *program = life->program;
    uv_stdio_container_t streams[3] = {
        { .flags = UV_INHERIT_FD, .data.fd = life->unread },
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&life->talk },
    };
    uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = program->argv[0],
        .args = program->argv,
        .env = environment,
        .cwd = program->settings.directory.data != NULL ? program->settings.directory.data : "/",
        .flags = UV_PROCESS_DETACHED, /* a session of its own: no ^C of ours */
        .stdio_count = 3,
        .stdio = streams,
    };

    if (program->settings.user.is_given) {
        options.flags |= UV_PROCESS_SETUID;
        options.uid = program->settings.user.id;
    }
    if (program->settings.group.is_given) {
        options.flags |= UV_PROCESS_SETGID;
        options.gid = program->settings.group.id;
    }
    inherit_nothing();
    return uv_spawn(program->loop, &life->process, &options);
}

static int open_pipe(int ends[2], struct error *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, -errno, "cannot make a pipe: %s", strerror(errno));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    return 0;
}

int program_start(struct program *program, struct error *err)
{
    char **environment = make_environment(program, err);
    int ends[2], code;

    if (environment == NULL)
        return err->code;
    if (open_pipe(ends, err) != 0) {
        free_environment(environment);
        return err->code;
    }

    struct life *life = make_life(program, ends);

    code = spawn(life, environment);
    free_environment(environment);
    if (code != 0) {
        let_go(life);
        return error_set(err, code, "cannot start '%s': %s", program->argv[0], strerror(-code));
    }
    program->life = life;
    program->left = 0;
    uv_unref((uv_handle_t *)&life->grace);
    uv_read_start((uv_stream_t *)&life->talk, on_room, on_talk);
    return 0;
}

bool program_runs(const struct program *program)
{
    return program->life != NULL;
}

bool program_is_stopping(const struct program *program)
{
    return program->life != NULL && program->life->is_killed;
}

ssize_t program_feed(struct program *program, struct span bytes)
{
    ssize_t written;

    do
        written = write(program->life->feed, bytes.data, bytes.len);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

size_t program_unread(const struct program *program)
{
    int count = 0;

    if (program->life == NULL)
        return program->left;
    if (program->life->unread < 0 || ioctl(program->life->unread, FIONREAD, &count) != 0)
        return 0;
    return (size_t)count;
}

void program_signal(struct program *program, int number)
{
    if (program->life != NULL)
        uv_process_kill(&program->life->process, number);
}

static void on_grace(uv_timer_t *timer)
{
    struct life *life = timer->data;

    kill(-life->process.pid, SIGKILL);
}

static void stop_life(struct life *life)
{
    uint64_t grace_ms = (uint64_t)(life->program->settings.grace_s * 1000);

    if (life->is_killed)
        return;
    life->is_killed = true;
    uv_process_kill(&life->process, life->program->settings.stop_signal);
    uv_timer_start(&life->grace, on_grace, grace_ms, 0);
}

void program_stop(struct program *program)
{
    if (program->life != NULL)
        stop_life(program->life);
}

static void on_patience_over(uv_timer_t *timer)
{
    stop_life(timer->data);
}

void program_close(struct program *program, void (*closed)(void *context), void *context)
{
    struct life *life = program->life;

    program->is_closing = true;
    program->closed = closed;
    program->context = context;
    if (life == NULL) {
        finish_close(program);
        return;
    }
    close_fd(&life->feed);
    if (!life->is_killed)
        uv_timer_start(&life->grace, on_patience_over, (uint64_t)(program->settings.grace_s * 1000),
                       0);
}
