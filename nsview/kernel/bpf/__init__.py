"""Questions that the kernel answers in one pass: small programs run by its own iterators (Linux 5.8).

No compiler and no library: btf.py finds where the running kernel keeps its fields, assembler.py writes the
instructions, loader.py hands them to the kernel. tasks.py, usage.py and files.py are the three programs.
"""


class NoBpf(Exception):
    """BPF cannot be used here; the text says why, in one line. `log` is what the kernel's verifier said."""

    def __init__(self, why: str, log: str = "") -> None:
        super().__init__(why)
        self.log = log
