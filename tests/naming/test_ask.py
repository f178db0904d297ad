"""Asking the engines: a server of ours on a Unix socket, with answers that live engines gave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsview.kernel.local_http import LARGEST, get
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId
from nsview.naming.ask import LIMIT, Answers, Socket, ask, engines_to_ask, parse
from nsview.naming.namer import Namer
from tests.model.snapshots import snapshot
from tests.naming.machine import DATA, Machine, own

Serve = Callable[[Callable[[socket.socket], None]], str]
ID = "3504d05529fe004e8b2f2c9ba5b0628d75740bbe6b145fbc7001c75d34522ad5"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Answer one connection on a socket with the given function, which may do what it likes."""
    listening: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(answer: Callable[[socket.socket], None]) -> str:
        path = str(tmp_path / f"sock{len(listening)}")
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        listening.append(server)

        def handle() -> None:
            try:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(5)
                    answer(connection)
            except OSError:
                pass  # the other side has hung up

        threads.append(threading.Thread(target=handle))
        threads[-1].start()
        return path

    yield start
    for server in listening:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(10)


def reply(body: bytes, status: str = "200 OK", heads: bytes = b"") -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        received.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 " + status.encode() + b"\r\n" + heads + b"\r\n" + body)

    received: list[bytes] = []
    answer.received = received  # type: ignore[attr-defined]
    return answer


def test_an_answer(serve: Serve) -> None:
    answer = reply(b"[1]", heads=b"Content-Length: 3\r\n")
    assert get(serve(answer), "/containers/json", 5) == b"[1]"
    (request,) = answer.received  # type: ignore[attr-defined]
    assert request.startswith(b"GET /containers/json HTTP/1.0\r\n")


def test_an_answer_in_chunks(serve: Serve) -> None:
    body = b"2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    assert get(serve(reply(body, heads=b"Transfer-Encoding: chunked\r\n")), "/", 5) == b"[1]"


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200", b"\x00" * 100])
def test_no_http(serve: Serve, said: bytes) -> None:
    with pytest.raises(OSError):
        get(serve(lambda connection: connection.sendall(said)), "/", 5)


def test_a_refusal(serve: Serve) -> None:
    with pytest.raises(OSError, match="403"):
        get(serve(reply(b"", "403 Forbidden")), "/", 5)


def test_too_much(serve: Serve) -> None:
    with pytest.raises(OSError):
        get(serve(reply(b"x" * (LARGEST + 1))), "/", 20)


def test_silence_and_drops(serve: Serve) -> None:
    """The limit holds for the whole answer, however it drips."""

    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)

    for answer in (lambda connection: connection.recv(1 << 16) and connection.recv(1), drip):
        path = serve(answer)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            get(path, "/", LIMIT)
        assert time.monotonic() - started < LIMIT + 1


def test_no_socket(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        get(str(tmp_path / "none"), "/", 1)
    (tmp_path / "plain").touch()
    with pytest.raises(OSError):
        get(str(tmp_path / "plain"), "/", 1)


def test_answers_of_docker_and_podman() -> None:
    docker = {name.id: name for name in parse("docker", (DATA / "docker/containers.json").read_bytes(), "x")}
    assert docker[ID] == Name("docker", "zoo-docker", ID, "zoo-bb:1", witness="x")
    podman = parse("podman", (DATA / "podman/api-libpod-containers.json").read_bytes(), "x")
    assert ("zoo-podpod-a", "zoo-podpod") in [(name.name, name.pod) for name in podman]
    assert parse("docker", b"[{}, 3, null]", "x") == parse("docker", b"nonsense", "x") == []


def docker_at(path: str) -> tuple[Socket, ...]:
    return (Socket("docker", path, "/containers/json"), Socket("podman", "/nowhere/podman", "/"))


def test_what_is_asked_replaces_what_was_read(serve: Serve, machine: Machine) -> None:
    path = serve(reply((DATA / "docker/containers.json").read_bytes()))
    other = "b" * 64
    machine.add(10, group=f"/system.slice/docker-{ID}.scope", links=own(1))
    machine.add(11, group=f"/docker/{other}", links=own(2))
    scene = snapshot(machine.tasks.values())
    namer = Namer(machine)
    bare = namer.names(scene)
    assert [name.name for name in bare.processes.values()] == [ID[:12], other[:12]]
    answers = ask(engines_to_ask(bare.processes.values(), docker_at(path)), docker_at(path))
    told = namer.names(scene, answers.names)
    expected = Name("docker", "zoo-docker", ID, "zoo-bb:1", unit=f"docker-{ID}.scope", witness=path)
    assert told.processes[ProcessId(10, 100)] == expected
    assert told.processes[ProcessId(11, 110)] == bare.processes[ProcessId(11, 110)], (
        "the engine knows no such"
    )
    assert told.namespaces[NamespaceId(Kind.NET, own(1)["net"])] == (expected,)
    assert not answers.problems
    assert namer.names(scene).processes == bare.processes, "when nobody is asked any more"


def test_the_engine_that_is_asked_is_not_the_one_in_a_container() -> None:
    inner = Name("docker", "web", ID, root="/proc/7/root")
    assert engines_to_ask([inner, Name("lxc", "box", "box")]) == set()
    assert engines_to_ask([inner, inner._replace(root="/")]) == {"docker"}


def test_why_an_engine_does_not_answer(serve: Serve) -> None:
    path = serve(reply(b"", "403 Forbidden"))
    assert ask({"docker"}, docker_at(path)).problems == (f"docker was asked at {path}: it answered 403",)
    assert ask({"podman"}, docker_at(path)).problems == ("podman cannot be asked: no /nowhere/podman",)
    assert ask(set(), docker_at(path)) == Answers()
