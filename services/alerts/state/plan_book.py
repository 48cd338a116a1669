"""The plans of wards and residents, and the policy by which each camera is judged."""

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.care_plan import CarePlan, planned


class PlanBook:
    """Plans by scope: <ward>, or a camera's key. The closest to the resident counts last; quiet times add up."""

    def __init__(self, site: AlertPolicy) -> None:
        self._site = site
        self._plans: dict[str, CarePlan] = {}
        self._policies: dict[str, AlertPolicy] = {}

    def get(self, scope: str) -> CarePlan | None:
        """The plan of a ward or camera, if it has one."""
        return self._plans.get(scope)

    def put(self, scope: str, plan: CarePlan | None) -> None:
        """Lay a plan down, or take it away. Raises PlanError when it contradicts the plans over and under it."""
        plans = {name: one for name, one in self._plans.items() if name != scope}
        if plan is not None:
            plans[scope] = plan
        for name in plans:
            planned(self._site.rules, plans.get(name.split("/")[0]), plans[name] if "/" in name else None)
        self._plans, self._policies = plans, {}

    def all(self) -> dict[str, CarePlan]:
        """Every plan by scope."""
        return dict(self._plans)

    def policy(self, camera: str) -> AlertPolicy:
        """The policy of a camera (key)."""
        found = self._policies.get(camera)
        if found is None:
            plans = [one for scope in (camera.split("/")[0], camera) if (one := self._plans.get(scope))]
            quiet = tuple(time for plan in plans for time in plan.quiet)
            found = AlertPolicy(planned(self._site.rules, *plans), quiet, self._site.zone) if plans else self._site
            self._policies[camera] = found
        return found
