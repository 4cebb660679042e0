/* Lab only, and only where a container host cannot raise RLIMIT_NOFILE far enough: reports 65535. The true limit is
   unchanged. It hides one bootstrap check, so the lab proves only that the unit asks for 65535; it never enters a role. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#define SAID 65535
static int raise_said(int rc, int what, struct rlimit64 *limit) {
  if (rc != 0 || what != RLIMIT_NOFILE || !limit) return rc;
  if (limit->rlim_cur < SAID) limit->rlim_cur = SAID;
  if (limit->rlim_max < SAID) limit->rlim_max = SAID;
  return rc;
}
static int ask(pid_t pid, int what, const void *new, void *old) {
  return raise_said(syscall(SYS_prlimit64, pid, what, new, old), what, old);
}
int prlimit64(pid_t pid, enum __rlimit_resource what, const struct rlimit64 *new, struct rlimit64 *old) {
  return ask(pid, what, new, old);
}
int prlimit(pid_t pid, enum __rlimit_resource what, const struct rlimit *new, struct rlimit *old) {
  return ask(pid, what, new, old);
}
int getrlimit64(__rlimit_resource_t what, struct rlimit64 *limit) { return ask(0, what, 0, limit); }
int getrlimit(__rlimit_resource_t what, struct rlimit *limit) { return ask(0, what, 0, limit); }
