"""Which group a control group's path means."""

import pytest

from nsview.model.group import UNKNOWN, Group, Sort, group_of, unescaped

ID = "4b" * 32


@pytest.mark.parametrize(
    ("path", "sort", "group", "name"),
    [
        ("/", Sort.CGROUP, "/", "/"),
        ("/user.slice/custom", Sort.CGROUP, "/user.slice/custom", "custom"),
        ("/system.slice/nginx.service", Sort.UNIT, "/system.slice/nginx.service", "nginx.service"),
        ("/system.slice/nginx.service/worker", Sort.UNIT, "/system.slice/nginx.service", "nginx.service"),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope/x",
            Sort.UNIT,
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope",
            "app-term.scope",
        ),
        (
            "/system.slice/dev\\x2dbox.service",
            Sort.UNIT,
            "/system.slice/dev\\x2dbox.service",
            "dev-box.service",
        ),
        (f"/docker/{ID}", Sort.CONTAINER, f"/docker/{ID}", "4b4b4b4b4b4b"),
        (f"/docker/{ID}/init.scope", Sort.CONTAINER, f"/docker/{ID}", "4b4b4b4b4b4b"),
        (
            f"/system.slice/docker-{ID}.scope",
            Sort.CONTAINER,
            f"/system.slice/docker-{ID}.scope",
            "docker 4b4b4b4b4b4b",
        ),
        (
            f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope",
            Sort.CONTAINER,
            f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope",
            "cri-containerd 4b4b4b4b4b4b",
        ),
        (
            f"/machine.slice/libpod-{ID}.scope/container",
            Sort.CONTAINER,
            f"/machine.slice/libpod-{ID}.scope",
            "libpod 4b4b4b4b4b4b",
        ),
        ("/lxc.payload.web/system.slice/a.service", Sort.CONTAINER, "/lxc.payload.web", "web"),
        (
            "/machine.slice/machine-my\\x2dbox.scope/payload",
            Sort.CONTAINER,
            "/machine.slice/machine-my\\x2dbox.scope",
            "my-box",
        ),
        ("/..", Sort.CGROUP, "/..", ".."),
        ("/.service", Sort.CGROUP, "/.service", ".service"),
    ],
)
def test_paths(path: str, sort: Sort, group: str, name: str) -> None:
    assert group_of(path) == Group(sort, group, name)


def test_what_could_not_be_read_is_in_a_group_of_its_own() -> None:
    assert group_of(None) == UNKNOWN


def test_an_escape_that_is_none_stays() -> None:
    assert unescaped("a\\xzz\\x2d") == "a\\xzz-"
