"""Put a mutation into the engine, wherever the engine holds what it changes, and take it out again."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from inspect import isfunction, ismodule, signature
from typing import Any

PutIn = Callable[[], AbstractContextManager[None]]


class Mutation:
    """A fault, and the features of the world that show it: among few others it is found sooner."""

    def __init__(self, put_in: PutIn, *features: str) -> None:
        self.put_in, self.features = put_in, frozenset(features)


class MissingTargetError(LookupError):
    """What a mutation changes is not there, or is called otherwise: it must be written anew."""


def _find(target: str) -> tuple[Any, list[Any]]:
    """What is called so, and every module of the engine that holds it. `planner._write`: that of one module."""
    home, _, name = target.rpartition(".")
    holders = [
        module
        for key, module in sorted(sys.modules.items())
        if key.partition(".")[0] in ("schedules", "coach") and not ismodule(vars(module).get(name, sys))
    ]
    found = {
        id(value): value
        for module in holders
        if module.__name__.endswith(f".{home}" if home else "")
        for value in [getattr(module, name)]
    }
    if len(found) != 1:
        raise MissingTargetError(f"{len(found)} things in the engine are called {target}")
    [real] = found.values()
    return real, [module for module in holders if getattr(module, name) is real]


def _check_call(target: str, real: Any, instead: Any) -> None:
    """What stands in for a function can be called as that is: else everything fails, which proves nothing."""
    if not (isfunction(real) and isfunction(instead)):
        return
    parameters = signature(real).parameters.values()
    named = {one.name: None for one in parameters if one.kind is one.KEYWORD_ONLY}
    placed = [None for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    try:
        signature(instead).bind(*placed, **named)
    except TypeError as error:
        raise MissingTargetError(f"{target} is called otherwise: {error}") from error


@contextmanager
def put(target: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """Everywhere in the engine, what `make` makes of a function or constant in its place."""
    (real, holders), name = _find(target), target.rpartition(".")[2]
    instead = make(real)
    _check_call(target, real, instead)
    try:
        for module in holders:
            setattr(module, name, instead)
        yield
    finally:
        for module in holders:
            setattr(module, name, real)


def swap(*changes: tuple[str, Callable[[Any], Any]]) -> PutIn:
    """A mutation of functions and constants, by name."""

    @contextmanager
    def mutated() -> Iterator[None]:
        with ExitStack() as stack:
            for target, make in changes:
                stack.enter_context(put(target, make))
            yield

    return mutated
