/*
 * Opens N event streams and D publishers on loopback, publishes M messages with at most D of
 * them under way, and checks that every stream gets every message once and in one order.
 *
 *   client PORT STREAMS DEPTH MESSAGES WARMUP BYTES STREAM_PATH PUBLISH_PATH SERVER_PID
 *
 * A message carries its number as '#' and eight hexadecimal digits. The result is one line of
 * JSON; the exit code is not 0 when a message was lost, doubled, or out of order.
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
    int partial;       /* digits of a number that was cut in two, or -1 outside of one */
    uint32_t number;
};

struct publisher {
    int fd;
    int answered;
    int message;       /* the one under way, or -1 */
};

static int streams, depth, messages, warmup, bytes, port, server;
static const char *stream_path, *publish_path;
static struct stream *stream_of;
static struct publisher *publisher_of;
static int *left, *order;
static uint64_t *sent_at, *took_ns;
static int finished, ordered;
static char buffer[READ];

static void fail(const char *what) {
    fprintf(stderr, "fanout client: %s (errno: %s)\n", what, strerror(errno));
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
    if (s->seen == ordered) order[ordered++] = (int)number;
    if (order[s->seen++] != (int)number) fail("a message lost, doubled or out of order");
    if (--left[number]) return;
    took_ns[number] = now_ns() - sent_at[number];
    finished++;
    for (int i = 0; i < depth; i++)
        if (publisher_of[i].message == (int)number) publisher_of[i].message = -1;
}

static void scan(struct stream *s, const char *at, const char *end) {
    while (at < end) {
        if (s->partial < 0) {
            at = memchr(at, '#', (size_t)(end - at));
            if (!at) return;
            at++;
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
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                        "Accept: text/event-stream\r\nAuthorization: Bearer token\r\n\r\n",
                        stream_path);
    for (int asked = 0, opened = 0; opened < streams;) {
        for (; asked < streams && asked - opened < OPENING_AT_ONCE; asked++) {
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

static void publish(struct publisher *p, int message) {
    char body[4096], request[8192], padding[4096];
    int fill = bytes - 90 > 0 ? bytes - 90 : 0;
    memset(padding, 'x', (size_t)fill);
    padding[fill] = 0;
    int length = snprintf(body, sizeof body, "{\"uuid\":\"#%08x\",\"eventType\":\"new-message\","
                          "\"payload\":\"%s\",\"eventTime\":1733424806682}",
                          (unsigned)message, padding);
    int size = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        "X-EventSource-Event: message-update\r\nContent-Length: %d\r\n\r\n%s",
                        publish_path, length, body);
    p->message = message;
    p->answered = 0;
    left[message] = streams;
    sent_at[message] = now_ns();
    send_all(p->fd, request, size);
}

static void read_answer(struct publisher *p) {
    ssize_t got = recv(p->fd, buffer, sizeof buffer, 0);
    if (got < 10 || memcmp(buffer, "HTTP/1.1 2", 10)) fail("a publish was refused");
    p->answered = 1;
}

static void run_until(int poll, int *next, int until) {
    struct epoll_event events[512];
    while (finished < until) {
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
            scan(&stream_of[index], buffer, buffer + got);
        }
    }
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int count, char **args) {
    if (count != 10) fail("nine arguments");
    port = atoi(args[1]); streams = atoi(args[2]); depth = atoi(args[3]);
    messages = atoi(args[4]); warmup = atoi(args[5]); bytes = atoi(args[6]);
    stream_path = args[7]; publish_path = args[8]; server = atoi(args[9]);
    int all = warmup + messages, next = 0, poll = epoll_create1(EPOLL_CLOEXEC);
    stream_of = calloc((size_t)streams, sizeof *stream_of);
    publisher_of = calloc((size_t)depth, sizeof *publisher_of);
    left = calloc((size_t)all, sizeof *left);
    order = calloc((size_t)all, sizeof *order);
    sent_at = calloc((size_t)all, sizeof *sent_at);
    took_ns = calloc((size_t)all, sizeof *took_ns);

    double empty_kib = server_kib();
    open_streams(poll);
    double full_kib = server_kib();
    for (int i = 0; i < depth; i++) {
        publisher_of[i] = (struct publisher){.fd = dial(), .answered = 1, .message = -1};
        watch(poll, publisher_of[i].fd, streams + i);
    }
    run_until(poll, &next, warmup);

    uint64_t cpu = server_cpu_ns(), began = now_ns();
    double own = own_cpu_s();
    run_until(poll, &next, all);
    double cpu_s = (double)(server_cpu_ns() - cpu) / 1e9;
    double wall_s = (double)(now_ns() - began) / 1e9;
    double delivered = (double)streams * messages;
    qsort(took_ns + warmup, (size_t)messages, sizeof *took_ns, ascending);
    printf("{\"delivered\": %.0f, \"per_s\": %.0f, \"per_cpu_s\": %.0f, \"server_load\": %.3f, "
           "\"client_load\": %.3f, \"last_p50_ms\": %.3f, \"last_p99_ms\": %.3f, "
           "\"empty_mib\": %.1f, \"kib_per_stream\": %.3f}\n",
           delivered, delivered / wall_s, delivered / cpu_s, cpu_s / wall_s,
           (own_cpu_s() - own) / wall_s, (double)took_ns[warmup + messages / 2] / 1e6,
           (double)took_ns[warmup + messages * 99 / 100] / 1e6, empty_kib / 1024,
           (full_kib - empty_kib) / streams);
    return 0;
}
