"""Requests made up from the OpenAPI schema, and half-sound ones: never a fault of the server."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.app.server import create_app
from multipolar.policy import INSTRUMENTS

schemathesis = pytest.importorskip("schemathesis")

SCHEMA = schemathesis.openapi.from_dict(create_app().openapi())
CHECKS = list(HealthCheck)


@SCHEMA.parametrize()
@settings(max_examples=2, deadline=None, suppress_health_check=CHECKS)
def test_no_request_breaks_the_server(case, address):
    answer = case.call(base_url=address)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["message"]


WHO = st.sampled_from(["USA", "chn", "EU", "G7", "BRICS@2023-12-31", "*", "XXX", ""])
WHO = WHO | st.lists(st.sampled_from(["*", "-RUS", "DEU", "-USA", "USA"]), max_size=3)
WHAT = st.sampled_from(["goods", "*", "cars", "C26", "nothing", ["goods", "-C29"]])
SIZE = st.floats(-2, 12) | st.sampled_from([0, 1, -1, 1e-300, 10, 1e300])
FIELDS = {
    **dict.fromkeys(["importer", "exporter", "country", "via", "sender", "receiver"], WHO),
    **dict.fromkeys(["rate", "coverage", "change", "amount", "share", "markup"], SIZE),
    "sectors": WHAT,
    "how": st.sampled_from(["add", "set", "scale", "mend"]),
}
ACT = st.builds(
    lambda kind, fields: {"id": "a", "act": kind, **fields},
    st.sampled_from(sorted(INSTRUMENTS)),
    st.fixed_dictionaries({}, optional=FIELDS)
    | st.fixed_dictionaries({k: FIELDS[k] for k in ("importer", "exporter", "rate")}),
)
ASSUMED = st.fixed_dictionaries(
    {},
    optional={
        "deficits": st.sampled_from(["own-gdp", "purged", "none"]),
        "horizon": st.sampled_from([0, 1, -1, "soon", 1e9]),
        "elasticities": st.sampled_from(["fontagne", {"goods": 4.0}, {"goods": 0}]),
        "labour_elasticity": st.sampled_from([0.5, 11]),
        "supply": st.sampled_from(["krugman", "perfect-competition"]),
    },
)


@given(
    act=ACT, assumed=ASSUMED, base=st.sampled_from(["", "may-2025", "maj-2025"]), more=st.booleans()
)
@settings(max_examples=10, deadline=None, suppress_health_check=CHECKS)
def test_half_sound_cases_solve_or_are_refused(address, act, assumed, base, more):
    case = {"base": base, "acts": [act], "assumptions": assumed, "tariffs": more}
    answer = httpx.post(f"{address}/api/solve", json={"case": case}, timeout=120)
    assert answer.status_code in (200, 422), answer.text
    found = answer.json()
    if answer.status_code == 200:
        assert found["status"] == "converged"
        assert all(abs(value) < 10 for value in found["real_income"].values())
    else:
        assert found["message"]
        assert "Traceback" not in found["message"]
