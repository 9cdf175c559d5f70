/*
 * Opens N event streams on loopback and counts what arrives: every message has to reach every
 * stream (or one of them, with apart=1) once, and all streams in one order.
 *
 *   client port=P server=PID streams=N messages=M [key=value ...]
 *
 *   depth=D      D publishers, each with one message under way (1)
 *   burst=1      the D publishers begin together, when the last burst has arrived everywhere
 *   warmup=W     messages before the measurement begins (0)
 *   bytes=B      how long the data of a message is (200)
 *   stream=PATH  where streams open; ?n=INDEX is added (/stream)
 *   publish=PATH where messages are published (/pub)
 *   listen=1     publish nothing: one POST to PATH has the server send M messages by itself
 *   apart=1      each message is for one stream only
 *   marker=TEXT  what stands before the eight hexadecimal digits of a message's number (#)
 *   times=FILE   write there when each message had arrived everywhere (CLOCK_MONOTONIC, ns)
 *   hold=S       no messages: keep the streams open for S seconds
 *
 * The result is one line of JSON; the exit code is not 0 when a message was lost, doubled, or
 * out of order.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 8, READ = 1 << 18, OPENING_AT_ONCE = 128, WAIT_MS = 20000 };

struct stream {
    int fd;
    int is_open;
    int seen;          /* messages received */
    int matched;       /* bytes of the marker that were read */
    int partial;       /* digits of a number that was cut in two, or -1 outside of one */
    uint32_t number;
};

struct publisher {
    int fd;
    int answered;
    int message;       /* the one under way, or -1 */
};

static int streams, depth = 1, messages, warmup, bytes = 200, port, server;
static int is_burst, listens, is_apart, hold_s;
static const char *stream_path = "/stream", *publish_path = "/pub", *marker = "#", *times;
static struct stream *stream_of;
static struct publisher *publisher_of;
static int *left, *order;
static uint64_t *sent_at, *done_at;
static uint64_t received_bytes, deliveries;
static int finished, ordered;
static char buffer[READ];

static void fail(const char *what) {
    fprintf(stderr, "client: %s (errno: %s)\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nanoseconds that all threads of the server have run. */
static uint64_t server_cpu_ns(void) {
    char path[300];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", server);
    DIR *tasks = opendir(path);
    if (!tasks) fail("the server is gone");
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.200s/schedstat", server, task->d_name);
        FILE *file = fopen(path, "r");
        unsigned long long ran = 0;
        if (file && fscanf(file, "%llu", &ran) == 1) sum += ran;
        if (file) fclose(file);
    }
    closedir(tasks);
    return sum;
}

static double server_kib(void) {
    char path[64];
    long size, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", server);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2) fail("no memory figure");
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double own_cpu_s(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static int dial(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (void *)&address, sizeof address)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void watch(int poll, int fd, int index) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void send_all(int fd, const char *data, int size) {
    if (send(fd, data, (size_t)size, MSG_NOSIGNAL) != size) fail("send");
}

static void received(struct stream *s, uint32_t number) {
    if (number >= (uint32_t)(warmup + messages)) fail("an unknown message");
    if (!is_apart) {
        if (s->seen == ordered) order[ordered++] = (int)number;
        if (order[s->seen++] != (int)number) fail("a message lost, doubled or out of order");
    }
    deliveries++;
    if (left[number]-- <= 0) fail("a message doubled");
    if (left[number]) return;
    done_at[number] = now_ns();
    finished++;
    for (int i = 0; i < depth; i++)
        if (publisher_of[i].message == (int)number) publisher_of[i].message = -1;
}

static void scan(struct stream *s, const char *at, const char *end) {
    int length = (int)strlen(marker);
    while (at < end) {
        if (s->partial < 0) {
            if (!s->matched && !(at = memchr(at, marker[0], (size_t)(end - at)))) return;
            s->matched = *at == marker[s->matched] ? s->matched + 1 : *at == marker[0];
            at++;
            if (s->matched < length) continue;
            s->matched = 0;
            s->partial = 0;
            s->number = 0;
        }
        for (; s->partial < DIGITS && at < end; at++, s->partial++)
            s->number = s->number << 4 | (uint32_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
        if (s->partial == DIGITS) {
            s->partial = -1;
            received(s, s->number);
        }
    }
}

static void open_streams(int poll) {
    char request[512];
    struct epoll_event events[256];
    for (int asked = 0, opened = 0; opened < streams;) {
        for (; asked < streams && asked - opened < OPENING_AT_ONCE; asked++) {
            int size = snprintf(request, sizeof request,
                                "GET %s?n=%d HTTP/1.1\r\nHost: localhost\r\n"
                                "Accept: text/event-stream\r\n\r\n",
                                stream_path, asked);
            stream_of[asked].fd = dial();
            stream_of[asked].partial = -1;
            send_all(stream_of[asked].fd, request, size);
            watch(poll, stream_of[asked].fd, asked);
        }
        int count = epoll_wait(poll, events, 256, WAIT_MS);
        if (count <= 0) fail("streams do not open");
        for (int i = 0; i < count; i++) {
            struct stream *s = &stream_of[events[i].data.u32];
            ssize_t got = recv(s->fd, buffer, sizeof buffer, 0);
            if (got < 12 || memcmp(buffer, "HTTP/1.1 200", 12)) {
                if (!s->is_open) fail("a stream was refused");
            }
            if (!s->is_open) opened++;
            s->is_open = 1;
        }
    }
    usleep(500000);
    for (int count; (count = epoll_wait(poll, events, 256, 50)) > 0;)
        for (int i = 0; i < count; i++)
            if (recv(stream_of[events[i].data.u32].fd, buffer, sizeof buffer, 0) <= 0)
                fail("a stream closed while idle");
}

static void post(int fd, const char *body, int length) {
    char request[8192];
    int size = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        "X-EventSource-Event: message-update\r\nContent-Length: %d\r\n\r\n%s",
                        publish_path, length, body);
    send_all(fd, request, size);
}

static void publish(struct publisher *p, int message) {
    static char body[4096], padding[4096];
    int fill = bytes - 84 > 0 ? bytes - 84 : 0;
    memset(padding, 'x', (size_t)fill);
    padding[fill] = 0;
    int length = snprintf(body, sizeof body, "{\"uuid\":\"#%08x\",\"eventType\":\"new-message\","
                          "\"payload\":\"%s\",\"eventTime\":1733424806682}",
                          (unsigned)message, padding);
    p->message = message;
    p->answered = 0;
    sent_at[message] = now_ns();
    post(p->fd, body, length);
}

static void read_answer(struct publisher *p) {
    ssize_t got = recv(p->fd, buffer, sizeof buffer, 0);
    if (got < 10 || memcmp(buffer, "HTTP/1.1 2", 10)) fail("a publish was refused");
    p->answered = 1;
}

static int may_publish(void) {
    if (!is_burst) return 1;
    for (int i = 0; i < depth; i++)
        if (publisher_of[i].message >= 0 || !publisher_of[i].answered) return 0;
    return 1;
}

static void run_until(int poll, int *next, int until) {
    struct epoll_event events[512];
    while (finished < until) {
        if (!listens && may_publish())
            for (int i = 0; i < depth && *next < until; i++)
                if (publisher_of[i].message < 0 && publisher_of[i].answered)
                    publish(&publisher_of[i], (*next)++);
        int count = epoll_wait(poll, events, 512, WAIT_MS);
        if (count <= 0) fail("messages do not arrive");
        for (int i = 0; i < count; i++) {
            int index = (int)events[i].data.u32;
            if (index >= streams) {
                read_answer(&publisher_of[index - streams]);
                continue;
            }
            ssize_t got = recv(stream_of[index].fd, buffer, sizeof buffer, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) fail("a stream was closed");
            received_bytes += (uint64_t)got;
            scan(&stream_of[index], buffer, buffer + got);
        }
    }
}

static void keep_open(int poll) {
    struct epoll_event events[512];
    uint64_t cpu = server_cpu_ns(), began = now_ns(), end = began + hold_s * 1000000000ull;
    double own = own_cpu_s(), empty = server_kib();
    while (now_ns() < end) {
        int count = epoll_wait(poll, events, 512, 100);
        for (int i = 0; i < count; i++) {
            ssize_t got = recv(stream_of[events[i].data.u32].fd, buffer, sizeof buffer, 0);
            if (got <= 0) fail("a stream closed while idle");
            received_bytes += (uint64_t)got;
            deliveries++;
        }
    }
    double wall_s = (double)(now_ns() - began) / 1e9;
    printf("\"server_load\": %.5f, \"client_load\": %.3f, \"reads\": %llu, \"bytes\": %llu, "
           "\"grown_kib\": %.0f}\n",
           (double)(server_cpu_ns() - cpu) / 1e9 / wall_s, (own_cpu_s() - own) / wall_s,
           (unsigned long long)deliveries, (unsigned long long)received_bytes,
           server_kib() - empty);
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void write_times(void) {
    FILE *file = fopen(times, "w");
    if (!file) fail("no file for the times");
    for (int i = 0; i < warmup + messages; i++)
        fprintf(file, "%llu\n", (unsigned long long)done_at[i]);
    fclose(file);
}

static int is_named(const char *pair, const char *name, const char **value) {
    size_t length = strlen(name);
    if (strncmp(pair, name, length) || pair[length] != '=') return 0;
    *value = pair + length + 1;
    return 1;
}

static void read_arguments(int count, char **args) {
    static const struct { const char *name; int *number; const char **text; } known[] = {
        {"port", &port, 0}, {"server", &server, 0}, {"streams", &streams, 0},
        {"messages", &messages, 0}, {"depth", &depth, 0}, {"burst", &is_burst, 0},
        {"warmup", &warmup, 0}, {"bytes", &bytes, 0}, {"listen", &listens, 0},
        {"apart", &is_apart, 0}, {"hold", &hold_s, 0}, {"stream", 0, &stream_path},
        {"publish", 0, &publish_path}, {"marker", 0, &marker}, {"times", 0, &times},
    };
    for (int i = 1; i < count; i++) {
        const char *value = 0;
        for (size_t k = 0; k < sizeof known / sizeof *known && !value; k++)
            if (is_named(args[i], known[k].name, &value)) {
                if (known[k].number) *known[k].number = atoi(value);
                else *known[k].text = value;
            }
        if (!value) fail(args[i]);
    }
}

int main(int count, char **args) {
    read_arguments(count, args);
    int all = warmup + messages, next = 0, poll = epoll_create1(EPOLL_CLOEXEC);
    stream_of = calloc((size_t)streams, sizeof *stream_of);
    publisher_of = calloc((size_t)depth, sizeof *publisher_of);
    left = calloc((size_t)all + 1, sizeof *left);
    order = calloc((size_t)all + 1, sizeof *order);
    sent_at = calloc((size_t)all + 1, sizeof *sent_at);
    done_at = calloc((size_t)all + 1, sizeof *done_at);
    for (int i = 0; i < all; i++) left[i] = is_apart ? 1 : streams;

    double empty_kib = server_kib();
    open_streams(poll);
    double full_kib = server_kib();
    printf("{\"empty_mib\": %.1f, \"kib_per_stream\": %.3f, ", empty_kib / 1024,
           (full_kib - empty_kib) / streams);
    if (hold_s) {
        keep_open(poll);
        return 0;
    }
    for (int i = 0; i < depth; i++) {
        publisher_of[i] = (struct publisher){.fd = dial(), .answered = 1, .message = -1};
        watch(poll, publisher_of[i].fd, streams + i);
    }
    if (listens) post(publisher_of[0].fd, "", 0);
    run_until(poll, &next, warmup);

    uint64_t cpu = server_cpu_ns(), began = now_ns();
    double own = own_cpu_s();
    received_bytes = deliveries = 0;
    run_until(poll, &next, all);
    double cpu_s = (double)(server_cpu_ns() - cpu) / 1e9;
    double wall_s = (double)(now_ns() - began) / 1e9;
    uint64_t *took_ns = calloc((size_t)all + 1, sizeof *took_ns);
    for (int i = 0; i < all; i++) took_ns[i] = listens ? 0 : done_at[i] - sent_at[i];
    qsort(took_ns + warmup, (size_t)messages, sizeof *took_ns, ascending);
    if (times) write_times();
    printf("\"delivered\": %llu, \"per_s\": %.0f, \"per_cpu_s\": %.0f, \"server_load\": %.3f, "
           "\"client_load\": %.3f, \"last_p50_ms\": %.3f, \"last_p99_ms\": %.3f, "
           "\"frame_bytes\": %.1f}\n",
           (unsigned long long)deliveries, (double)deliveries / wall_s,
           (double)deliveries / cpu_s, cpu_s / wall_s, (own_cpu_s() - own) / wall_s,
           (double)took_ns[warmup + messages / 2] / 1e6,
           (double)took_ns[warmup + messages * 99 / 100] / 1e6,
           (double)received_bytes / (double)deliveries);
    return 0;
}
