"""What a scenario says of policies: a name, and that policy's own options beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.distributed.dispatch_policy import DISPATCH_POLICIES, DispatchPolicy
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.registry import Registry
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.scenario.dispatching import RetrySpec, SpeculationSpec
from aio_sim.scenario.fields import Spec, describe
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.switching import SwitchingSpec
from aio_sim.scheduling import policies as _built_in  # noqa: F401  # importing registers them
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Duration, SchedulingPolicy

P = TypeVar("P", bound=BaseModel)


class PolicySpec(Spec, Generic[P]):
    """The name of a registered policy, with its options at the same level."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=False)

    registry: ClassVar[Registry[Any]]
    policy: str

    def build(self) -> P:
        """Return the policy with its options."""
        built: P = self.registry[self.policy].model_validate(self.model_extra or {})
        return built

    @classmethod
    def known_fields(cls, policy: object) -> set[str]:
        """Return the fields that may be given beside a policy, itself included."""
        known = isinstance(policy, str) and policy in cls.registry
        options = cls.registry[str(policy)].model_fields if known else ()
        return {*cls.model_fields, *options}

    @model_validator(mode="wrap")
    @classmethod
    def _check_options(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Validate the own fields and the policy's options, and tell all that is wrong at once."""
        if not isinstance(data, Mapping):
            return validate(data)
        findings = Findings(cls.__name__)
        spec = findings.attempt(lambda: validate(data))
        options = findings.attempt(lambda: cls._options(data))
        findings.raise_any()
        assert spec is not None
        spec.__pydantic_extra__ = options
        return spec

    @classmethod
    def _options(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options in the form in which they are written to a file."""
        name = data.get("policy", cls.model_fields["policy"].default)
        if not isinstance(name, str):
            return {}  # which the field itself complains about
        findings = Findings(cls.__name__)
        if name not in cls.registry:
            findings.say(_unknown(cls.registry, name), "policy", value=name)
            findings.raise_any()
        policy = cls.registry[name]
        options = {key: data[key] for key in data if key not in cls.model_fields}
        for key in [key for key in options if key not in policy.model_fields]:
            known = [*cls.model_fields, *policy.model_fields]
            findings.unknown(_no_such_option(name, key, known), key, value=options.pop(key))
        built = findings.attempt(lambda: policy.model_validate(options))
        findings.raise_any()
        assert built is not None
        written: dict[str, Any] = built.model_dump(mode="json", exclude_unset=True)
        return written

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return one variant for each registered policy, with its options."""
        own = handler.resolve_ref_schema(handler(core_schema))
        variants = [_variant(own, name, cls, handler) for name in cls.registry]
        return {"description": own["description"], "anyOf": variants}


def _variant(
    own: JsonSchemaValue, name: str, spec: type[PolicySpec[Any]], handler: GetJsonSchemaHandler
) -> JsonSchemaValue:
    """Return the JSON Schema of a spec with the options of one policy."""
    policy = spec.registry[name]
    options = handler.resolve_ref_schema(handler(policy.__pydantic_core_schema__))
    described = {**options, "properties": dict(options.get("properties", {}))}
    describe(described, policy)
    default = spec.model_fields["policy"].default
    return {
        "title": name,
        "description": options.get("description", ""),
        "type": "object",
        "properties": {**own["properties"], **described["properties"], "policy": {"const": name}},
        "required": [*([] if name == default else ["policy"]), *options.get("required", [])],
        "additionalProperties": False,
    }


class SchedulerSpec(PolicySpec[SchedulingPolicy]):
    """How each Cpu orders its processes."""

    registry: ClassVar[Registry[Any]] = SCHEDULING_POLICIES
    policy: str = "fcfs"
    """Which process runs next."""
    switch_cost: Duration = 0
    """What a core spends whenever it turns to another process."""
    switching: SwitchingSpec | None = None
    """In place of `switch_cost`: a strategy, from which the cost of each switch follows."""
    queue: Literal["shared", "per_core"] = "shared"
    """Whether the cores of a machine share one ready queue, or have one each."""

    @model_validator(mode="after")
    def _one_cost(self) -> Self:
        if self.switching is not None and "switch_cost" in self.model_fields_set:
            findings = Findings("scheduler")
            sentence = _(
                "says what every switch costs, and `switching` works out what each one costs by "
                "its strategy; give one of them"
            )
            findings.say(sentence, "switch_cost")
            findings.raise_any()
        return self


class DispatchSpec(PolicySpec[DispatchPolicy]):
    """Which machine a time-shared task goes to."""

    registry: ClassVar[Registry[Any]] = DISPATCH_POLICIES
    policy: str = "least_loaded"
    """How the machine is chosen."""
    retry: RetrySpec | None = None
    """What becomes of a task that is lost with its machine; it has failed, where absent."""
    speculation: SpeculationSpec | None = None
    """When a slow task is begun once more elsewhere; never, where absent."""


def known_placement(name: str) -> str:
    """Return the name of a placement policy; raise where there is none of that name."""
    if name not in PLACEMENT_POLICIES:
        raise ValueError(_unknown(PLACEMENT_POLICIES, name))
    return name


class AllocationSpec(PolicySpec[SchedulingPolicy]):
    """How the resource manager orders and places what takes whole cores or memory."""

    registry: ClassVar[Registry[Any]] = SCHEDULING_POLICIES
    policy: str = "fcfs"
    """Which waiting request is served next."""
    placement: Annotated[str, AfterValidator(known_placement)] = "first_fit"
    """Which host a request is placed on."""
    backfill: Literal["none", "easy", "conservative"] = "none"
    """Whether later requests may fill gaps, and whose reserved start they must not delay."""


def _unknown(registry: Registry[Any], name: str) -> str:
    return _("unknown {kind} {name}{hint}").format(
        kind=_(registry.kind), name=shown(name), hint=hint(name, registry)
    )


def _no_such_option(policy: str, key: str, known: list[str]) -> str:
    return _("policy {policy!r} has no option {key!r}{hint}").format(
        policy=policy, key=key, hint=hint(key, known)
    )
