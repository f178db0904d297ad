"""The marks that namespaces and processes bear in every view."""

from nsview.model.certainty import Certainty
from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId
from nsview.model.views.moment import Moment
from nsview.model.views.tree import DIM, ENDED, NEW
from nsview.model.views.view import INFERRED


def of_namespace(moment: Moment, identity: NamespaceId, kept: bool = False) -> tuple[str, ...]:
    """`kept`: it does not match the filter itself."""
    ns = moment.namespace(identity)
    marks = [DIM] if kept or (ns is not None and ns.host) else []
    if ns is not None and ns.certainty is Certainty.INFERRED:
        marks.append(INFERRED)
    if identity in moment.lingering.new_namespaces:
        marks.append(NEW)
    if moment.ended(identity):
        marks.append(ENDED)
    return tuple(marks)


def of_process(
    moment: Moment, process: ProcessId, *, dim: bool = False, inferred: bool = False
) -> tuple[str, ...]:
    marks = [DIM] if dim else []
    if inferred:
        marks.append(INFERRED)
    if process in moment.lingering.new_processes:
        marks.append(NEW)
    if moment.ended(process):
        marks.append(ENDED)
    return tuple(marks)
