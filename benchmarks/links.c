/* Milliseconds of the processor to read the ten links of every /proc/PID/ns, and with an argument those of every
 * /proc/PID/fd as well: the least that any program must do to see the same. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    "cgroup", "ipc",  "mnt", "net",              "pid",
    "time",   "user", "uts", "pid_for_children", "time_for_children",
};

static void read_link(const char *path)
{
    char text[4096];
    ssize_t length = readlink(path, text, sizeof text);
    (void)length;
}

static void read_open_files(const char *pid)
{
    char path[512];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, entry->d_name);
        if (entry->d_name[0] != '.')
            read_link(path);
    }
    if (directory)
        closedir(directory);
}

int main(int argc, char **argv)
{
    double best = 1e9;
    (void)argv;
    for (int round = 0; round < 2; round++) {
        struct timespec start, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        while (proc && (entry = readdir(proc))) {
            char path[512];
            if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
                continue;
            for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                snprintf(path, sizeof path, "/proc/%s/ns/%s", entry->d_name, names[i]);
                read_link(path);
            }
            if (argc > 1)
                read_open_files(entry->d_name);
        }
        if (proc)
            closedir(proc);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double taken = (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
        if (taken < best)
            best = taken;
    }
    printf("%.3f\n", best);
    return 0;
}
