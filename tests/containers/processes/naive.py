"""A process table as the rules of the manual pages: facts in a list, until no rule applies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Fact:
    """What is so of one process; `place` is its turn among its parent's children."""

    pid: int
    parent: int
    place: int
    state: str = "ready"
    wait: int | None = None
    careless: bool = False


class Naive:
    """fork, exit, wait and kill -KILL by rules alone; None is an answer that never comes."""

    def __init__(self, limit: int, reaps: bool) -> None:
        self.facts = [Fact(1, 0, 0)]
        self.limit, self.reaps = limit, reaps
        self.next, self.places = 2, 1

    def find(self, pid: int) -> Fact | None:
        return next((fact for fact in self.facts if fact.pid == pid), None)

    def fork(self, pid: int) -> int | str:
        parent = self.find(pid)
        assert parent
        if len(self.facts) >= self.limit:
            return "EAGAIN"
        self.facts.append(Fact(self.next, pid, self.places, careless=parent.careless))
        self.next, self.places = self.next + 1, self.places + 1
        return self.next - 1

    def exit(self, pid: int) -> None:
        self.end(pid)

    def kill(self, target: int) -> int | str:
        fact = self.find(target)
        if fact is None:
            return "ESRCH"
        if fact.state != "zombie" and target != 1:
            self.end(target)
        return 0

    def wait(self, pid: int, child: int) -> int | str | None:
        fact = self.find(pid)
        assert fact
        mine = self.children(pid, child)
        if not mine:
            return "ECHILD"
        dead = [each for each in mine if each.state == "zombie"]
        if dead:
            self.facts.remove(dead[0])
            return dead[0].pid
        fact.state, fact.wait = "blocked", child
        return None

    def children(self, pid: int, child: int = 0) -> list[Fact]:
        mine = [each for each in self.facts if each.parent == pid and child in (0, each.pid)]
        return sorted(mine, key=lambda each: each.place)

    def end(self, pid: int) -> None:
        if pid == 1:
            self.facts = []
            return
        ended = self.find(pid)
        assert ended
        ended.state, ended.wait = "zombie", None
        news = {pid}
        for orphan in self.children(pid):
            orphan.parent, orphan.place = 1, self.places
            self.places += 1
            news |= {orphan.pid} if orphan.state == "zombie" else set()
        while self.careless_parent(news) or self.waiting_parent():
            pass
        if self.reaps:
            gone = [each for each in self.children(1) if each.state == "zombie"]
            self.facts = [each for each in self.facts if each not in gone]

    def careless_parent(self, news: set[int]) -> bool:
        for fact in self.facts:
            parent = self.find(fact.parent)
            if fact.pid in news and fact.state == "zombie" and parent and parent.careless:
                self.facts.remove(fact)
                return True
        return False

    def waiting_parent(self) -> bool:
        for fact in self.facts:
            if fact.wait is None:
                continue
            mine = self.children(fact.pid, fact.wait)
            dead = [each for each in mine if each.state == "zombie"]
            if dead or not mine:
                fact.state, fact.wait = "ready", None
                self.facts = [each for each in self.facts if each not in dead[:1]]
                return True
        return False

    def picture(self) -> dict[int, tuple[int, str]]:
        return {fact.pid: (fact.parent, fact.state) for fact in self.facts}
