"""What `nsview help filter` says, made from the table of fields."""

from nsview.model.query_fields import FIELDS, Sort
from nsview.model.query_pattern import MAX_PATTERN, SEARCHED

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("kind:net procs:0", "net namespaces without a process"),
    ("!host kind:net,mnt", "net and mnt namespaces that are not the host's"),
    ("kind:net web|db", "net namespaces where web or db is seen"),
    ("held:fd,mount !held:process", "kept alive by an fd or a bind mount, without a process"),
    ("held:unknown", "alive, though nothing was found that keeps it"),
    ("user:root pid:1..100", "root's, with a process number up to 100"),
    ("mem:>100M age:<10m", "more than 100 MiB, started in the last ten minutes"),
    ("cap:sys_admin !user:root", "may do nearly anything, though not root"),
    ('command:"sleep 60"', "has that text in its command line"),
    ("/nginx: (master|worker)/", "fits the pattern anywhere"),
    ("container:web", "of the container web: its namespaces and processes"),
    ("engine:podman image:/nginx/", "of Podman's containers, of an image that has nginx in its name"),
    ("pod:shop !host", "of the pod or project shop"),
    ("container:", "in no container"),
    ("(user:alice kind:user)|inferred", "alice's user namespaces, and all that is inferred"),
    ('TYPE == "net" && NPROCS > 1', "the same language, in lsns's words"),
)

_INTRODUCTION = f"""\
A filter is a list of terms. Case does not count.

  word  "some words"   is somewhere in what a row shows
  /pattern/            a regular expression fits there; a slash in it is \\/
  field:value          the field has it: a part of a text, the whole of a word or number
  field:a,b            either
  field:               the field has no value
  field:/pattern/      a regular expression fits in it
  field:1..9           a range with both its ends; either may be left out
  field:>9             also >=, < and <=
  field=value          the whole text
  flag                 a field that is yes or no

  a b     both         a|b     either, before the space is looked at: a b|c is a (b|c)
  !a      not          (a b)   together

Also understood: && || and or not == != =~ !~, with spaces around operators. a || b is
looked at after the space: a b || c is (a b)|c.

Numbers in bytes take k, M, G, T (powers of 1024), times take s, m, h, d, w. A value with
several items fits if one item does. Quotes keep spaces, commas, parentheses and the words
and, or, not. In a pattern upper-case letters make case count. A pattern has at most
{MAX_PATTERN} characters, sees the first {SEARCHED} of a text, and may not repeat a repeat, as (a+)+ does,
unless the inner one is possessive, (a++)+: it could take for ever.
"""

_SORTS = {
    Sort.TEXT: "text",
    Sort.WORD: "word",
    Sort.NUMBER: "number",
    Sort.SIZE: "bytes",
    Sort.TIME: "time",
    Sort.FLAG: "flag",
}


def help_text() -> str:
    """The filter language in full, at most 100 columns wide, ending in a newline."""
    lines = [_INTRODUCTION, "Fields (and other names for them):"]
    for field in FIELDS:
        names = ", ".join((field.name, *field.aliases))
        lines.append(f"  {names:<24} {_SORTS[field.sort]:<7} {field.meaning}")
        if field.choices and len(field.choices) < 10:
            lines.append(f"  {'':<24} {'':<7} {' '.join(field.choices)}")
    lines.append("\nExamples:")
    width = max(len(text) for text, _ in EXAMPLES)
    lines.extend(f"  {text:<{width}}  {meaning}" for text, meaning in EXAMPLES)
    return "\n".join(lines) + "\n"
