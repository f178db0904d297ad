"""The filter language: what it understands, what it finds, and what it says about mistakes."""

import time
from collections.abc import Iterable

import pytest

from nsview.model.query import QuerySyntaxError, Value, parse
from nsview.model.query_fields import BY_NAME, FIELDS, Field
from nsview.model.query_help import EXAMPLES, help_text
from nsview.model.query_pattern import nested_repeat
from nsview.model.query_syntax import MAX_DEPTH, MAX_LENGTH


class Row:
    """A record of the given values; its words are the texts among them."""

    def __init__(self, **values: Value) -> None:
        self.values = values

    def field(self, name: str) -> Value:
        assert name in {field.name for field in FIELDS}, "records know only the first names"
        return self.values.get(name)

    def words(self) -> Iterable[str]:
        return (value for value in self.values.values() if isinstance(value, str))


ROWS = {
    "init": Row(
        kind="net",
        ns=4026531840,
        procs=90,
        pid=1,
        user="root",
        command="/sbin/init splash",
        host=True,
        held=["process", "mount"],
        mem=12 << 20,
        age=90000,
        cap=["cap_chown", "cap_sys_admin"],
    ),
    "web": Row(
        kind="net",
        ns=4026532177,
        procs=3,
        pid=8231,
        user="www",
        command="nginx: master process",
        host=False,
        held=["process"],
        mem=212 << 20,
        age=600,
        container="Web",
        cap=[],
    ),
    "db": Row(
        kind="mnt",
        ns=4026532178,
        procs=1,
        pid=50,
        user="Alice",
        command="postgres",
        held=["process", "fd"],
        mem=1 << 30,
        age=5.5,
    ),
    "blue": Row(
        kind="net", ns=4026532290, procs=0, nsfs=["/run/netns/blue", "/run/my ns"], held=["mount"], user=""
    ),
}


def found(text: str) -> str:
    query = parse(text)
    assert parse(str(query)) == query, str(query)
    return " ".join(name for name, row in ROWS.items() if query.matches(row))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # nothing, words, quotes, patterns
        ("", "init web db blue"),
        ("   ", "init web db blue"),
        ("nginx", "web"),
        ("NGINX", "web"),
        ('"master process"', "web"),
        ("'master process'", "web"),
        ("/^nginx.*s$/", "web"),
        ("/NGINX/", ""),
        ("/^POST|^nginx/", "web"),
        ("/^post|^NGINX/", "db"),
        ("/\\S+inx/", "web"),
        ("/\\/sbin/", "init"),
        ("/sbin/init", "init"),
        ("/sbin", "init"),
        ("/", "init"),
        # and, or, not, groups
        ("process web", "web"),
        ("process|splash", "init web"),
        ("process | splash", "init web"),
        ("kind:net process|splash", "init web"),
        ("kind:mnt || process splash", "db"),
        ("kind:mnt || process || splash", "init web db"),
        ("kind:net && splash", "init"),
        ("kind:net and not splash", "web blue"),
        ("kind:mnt or splash", "init db"),
        ("not (splash or kind:mnt)", "web blue"),
        ("!kind:net", "db"),
        ("! kind:net", "db"),
        ("!!kind:net", "init web blue"),
        ("!(kind:mnt|splash)", "web blue"),
        ("(kind:net user:root)|(kind:mnt)", "init db"),
        ("((kind:mnt))", "db"),
        ("kind:net(user:root|user:www)", "init web"),
        # words
        ("kind:NET", "init web blue"),
        ("kind:mnt,net !host", "web db blue"),
        ("kind:/^m/", "db"),
        ("user:root", "init"),
        ("user:roo", ""),
        ("user:alice", "db"),
        ("user:root,alice", "init db"),
        ("user:", "blue"),
        ('user:""', "blue"),
        ('user:"",root', "init blue"),
        ("!user:", "init web db"),
        ('user != ""', "init web db"),
        # several items
        ("held:fd", "db"),
        ("held:mount", "init blue"),
        ("held:mount,fd", "init db blue"),
        ("!held:process", "blue"),
        ("held!=process", "blue"),
        ("cap:sys_admin", "init"),
        ("cap:CAP_SYS_ADMIN", "init"),
        ("cap:", "web db blue"),
        ('nsfs:"my ns"', "blue"),
        ("nsfs:/run/netns", "blue"),
        ('nsfs="/run/my ns"', "blue"),
        ("nsfs=/run/my", ""),
        # texts
        ("command:NGINX", "web"),
        ("command:/init$/", ""),
        ("command:/SPLASH/", ""),
        ("command=postgres", "db"),
        ("command=post", ""),
        ('command:"master process","splash"', "init web"),
        ("container:web", "web"),
        ("container:", "init db blue"),
        # numbers
        ("procs:0", "blue"),
        ("procs:0,3", "web blue"),
        ("procs:>1", "init web"),
        ("procs:>=1", "init web db"),
        ("procs:<1", "blue"),
        ("procs:..3", "web db blue"),
        ("procs:3..", "init web"),
        ("procs:1..3", "web db"),
        ("procs:0,50..", "init blue"),
        ("pid:", "blue"),
        ("pid:/^8/", "web"),
        ("ns:4026532177", "web"),
        ("!ns:4026532177", "init db blue"),
        ("mem:>1G", ""),
        ("mem:>=1G", "db"),
        ("mem:1GiB", "db"),
        ("mem:>100M", "web db"),
        ("mem:>0.2gb", "web db"),
        ("mem:12288k", "init"),
        ("age:<10m", "db"),
        ("age:<=10m", "web db"),
        ("age:5.5", "db"),
        ("age:1d..", "init"),
        # flags
        ("host", "init"),
        ("!host", "web db blue"),
        ("HOST", "init"),
        ("host:no", "web db blue"),
        ("host == 1", "init"),
        ('"host"', ""),
        # as lsns writes it
        ('TYPE == "net" && NPROCS > 1', "init web"),
        ('TYPE=="net"&&NPROCS>1', "init web"),
        ("NPROCS >= 3", "init web"),
        ("PID <= 50 TYPE != 'net'", "db"),
        ('COMMAND =~ "^nginx: m" || USER == "root"', "init web"),
        ("COMMAND =~ o{1,2} USER !~ al", "web"),
        ("COMMAND =~ s{2,2}", "web"),
        ("COMMAND !~ /s/ TYPE = net", "blue"),
        ('PID == "1"', "init"),
        # not fields: nothing before the colon that could be one
        ("172.17.0.1:80", ""),
        ("-x=1", ""),
        # lone words of the language
        ("and", ""),
        ("or", ""),
        ("not", ""),
        ("s and", ""),
        ('process "and"', ""),
    ],
)
def test_finds(text: str, names: str) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('TYPE == "net" && NPROCS > 1', "kind:net procs:>1"),
        ("a || b c", "a|(b c)"),
        ("a | (b | c)", "a|b|c"),
        ("a (b c)", "a b c"),
        ("not (a and b)", "!(a b)"),
        ("mem:>1.5k age:2h", "mem:>1536 age:7200"),
        ("cpu:>0.5 pid:..9,5..", "cpu:>0.5 pid:<=9,>=5"),
        ("command=a,'b c' COMMAND:a", 'command=a,"b c" command:a'),
        ("cap:sys_time", "cap:cap_sys_time"),
        ("user=root", "user:root"),
        ("command =~ 'a/b'", "command:/a\\/b/"),
        ("'a/b' '/a/' '\"' '\\\\'", 'a/b "/a/" "\\"" "\\\\"'),
        ('"host" host', '"host" host'),
        ("user:'' command=''", "user: command:"),
        ("🦊", '"🦊"'),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    query = parse(text)
    assert str(query) == canonical
    assert parse(canonical) == query
    assert hash(parse(canonical)) == hash(query)
    assert repr(query) == f"parse({canonical!r})"


def test_what_a_query_needs_to_know() -> None:
    assert parse("").fields == frozenset()
    assert parse("TYPE:net (CMD:x|!mem:>5) host").fields == {"kind", "command", "mem", "host"}
    assert parse("kind:net /x/").fields == {"kind", "words"}
    assert parse("'x'").fields == {"words"}
    assert not parse(" ")
    assert parse("x")
    assert parse("a") != parse("b")
    assert parse("a") != "a"


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("kind:net knd:net", "unknown field 'knd'; did you mean 'kind'?", 9),
        ("http://x", "unknown field 'http'; to look for it as text, put it in quotes", 0),
        ("kind:nte", "there is no kind 'nte'; did you mean 'net'?", 5),
        (
            "kind:xyzzy",
            "there is no kind 'xyzzy': it is one of cgroup, ipc, mnt, net, pid, time, user, uts",
            5,
        ),
        ("kind:net,!pid", "put the ! before the field: !kind:pid", 9),
        ("cap:sys_adm", "there is no cap 'sys_adm'; did you mean 'cap_sys_admin'?", 4),
        ("pid:abc", "pid is a number, not 'abc'", 4),
        ("pid:5k", "pid is a number, not '5k'", 4),
        ("mem:5x", "mem is bytes, like 500, 64k, 1.5G, not '5x'", 4),
        ("age:>5x", "age is a time, like 30s, 10m, 1.5h, 2d, not '5x'", 5),
        ("mem:1e999", "mem is bytes, like 500, 64k, 1.5G, not '1e999'", 4),
        ("mem:nan", "mem is bytes, like 500, 64k, 1.5G, not 'nan'", 4),
        ("pid:1..x", "pid is a number, not 'x'", 7),
        ("pid:9..1", "nothing lies in 9..1: the lower end comes first", 4),
        ("pid:..", "a range needs an end, like pid:..100", 4),
        ("pid:>", "a number is missing here", 5),
        ("pid >", "a value is missing here", 5),
        ("pid > 1,2", "'>' takes one number", 8),
        ("pid:1,", "a value is missing here", 6),
        ("user > x", "user is no number: '>' cannot be asked of it", 7),
        ("command:>x", "command is no number: '>' cannot be asked of it", 9),
        ("host:maybe", "host is yes or no: write host or !host", 5),
        ("host:", "host is yes or no: write host or !host", 5),
        ("host > 1", "host is yes or no: write host or !host", 7),
        ("user:(a|b)", "parentheses hold terms; for several values write user:a,b", 5),
        ("a (b", "this '(' is not closed", 2),
        ("a b)", "no '(' belongs to this ')'", 3),
        ("a ( )", "nothing between the parentheses", 2),
        ("a |", "a term is missing here", 3),
        ("| a", "a term is missing here", 0),
        ("a ||", "nothing to the right of '||'", 4),
        ("|| a", "a term is missing here", 0),
        ("a && ", "a term is missing here", 5),
        ("&& a", "a term is missing here", 0),
        ("a || || b", "a term is missing here", 5),
        ("!", "a term is missing here", 1),
        ("a =b", "unknown field 'a'; to look for it as text, put it in quotes", 0),
        ("=b", "'=' needs a field before it, or quotes around it", 0),
        ("!=b", "'!' needs a field before it, or quotes around it", 0),
        ('a "b', "this quote is not closed", 2),
        ('"a"b', "a space is missing after the closing quote", 3),
        ("x /a(b/", "broken pattern: missing ), unterminated subpattern", 4),
        ("x /[a/", "broken pattern: unterminated character set", 3),
        ("//", "this pattern is empty", 1),
        ('command =~ ""', "this pattern is empty", 11),
        ("/a{99999999999}/", "broken pattern: the repetition number is too large", 1),
        (
            "/(a+)+$/",
            "a repeat within a repeat can take for ever: make the inner one possessive, a++ for a+",
            1,
        ),
        ("/" + "a" * 201 + "/", "a pattern has at most 200 characters, this has 201", 1),
        ("(" * 41, f"more than {MAX_DEPTH} parentheses within each other", 40),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str, position: int) -> None:
    with pytest.raises(QuerySyntaxError) as raised:
        parse(text)
    assert (raised.value.message, raised.value.position) == (message, position)
    assert raised.value.text == text


def test_the_caret_stands_below_the_place() -> None:
    with pytest.raises(QuerySyntaxError) as raised:
        parse("net\t🦊日e\u0301 knd:x")
    assert str(raised.value) == (
        "unknown field 'knd'; did you mean 'kind'?\n  net 🦊日e\u0301 knd:x\n            ^"
    )


def test_a_filter_without_end_is_refused() -> None:
    with pytest.raises(QuerySyntaxError, match="at most 4000 characters, this has 4001"):
        parse("x" * (MAX_LENGTH + 1))
    assert str(parse("!" * (MAX_LENGTH - 1) + "x")) == "!x"
    assert parse("a|" * 1999 + "a").matches(ROWS["init"])


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ("(a+)+", True),
        ("(a*)*b", True),
        ("(?:x|(a+)b)*", True),
        ("((a+)?)+", True),
        ("(a+){10,}", True),
        ("(a+){20}", True),
        ("(.*x)+?", True),
        ("(\\d+\\.){3}\\d+", False),
        ("(a++)+", False),
        ("(?>a+)+", False),
        ("(?:ab|cd)+", False),
        ("([+*])+", False),
        ("(\\+)+", False),
        ("a+b+c*", False),
        ("([]+]x)*", False),
        ("(a?)+", False),
        ("x{2,3}", False),
        ("(a+)(b)+", False),
    ],
)
def test_a_repeat_within_a_repeat_is_refused(pattern: str, refused: bool) -> None:
    assert nested_repeat(pattern) is refused


def test_a_long_text_does_not_hold_up_a_pattern() -> None:
    start = time.process_time()
    assert not parse("/.*x.*y/").matches(Row(command="a" * 100_000))
    assert time.process_time() - start < 5


def test_ten_thousand_records_take_milliseconds() -> None:
    class Fixed:
        def field(self, name: str) -> Value:
            return "net" if name == "kind" else 7

        def words(self) -> Iterable[str]:
            return ("4026532177", "net", "nginx: worker process", "root")

    records = [Fixed()] * 10_000
    query = parse("kind:net procs:>1 web|worker")
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        assert all(map(query.matches, records))
        best = min(best, time.process_time() - start)
    assert best < 0.2  # about 15 ms where nothing else runs


def test_the_table_names_nothing_twice() -> None:
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert "words" not in names
    assert all(name == name.lower() and name.isidentifier() for name in names)


@pytest.mark.parametrize(
    "column",
    [
        "NS",
        "TYPE",
        "NPROCS",
        "PID",
        "PPID",
        "COMMAND",
        "UID",
        "USER",
        "NETNSID",
        "NSFS",
        "PNS",
        "ONS",
        "PATH",
    ],
)
def test_the_columns_of_lsns_are_fields(column: str) -> None:
    assert parse(f"{column}:").fields == {BY_NAME[column.lower()].name}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_help_tells_every_field(field: Field) -> None:
    text = help_text()
    assert f"  {', '.join((field.name, *field.aliases))} " in text
    assert field.meaning in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("text", [text for text, _ in EXAMPLES])
def test_the_examples_in_the_help_are_filters(text: str) -> None:
    assert parse(text)
    assert text in help_text()
