# SPDX-License-Identifier: Apache-2.0
"""Invented guests: the same columns as a hotel's table, no real person behind any row.

An SVC stores its support vectors, which are rows of its training table; a model that ships must
therefore not be trained on people. The distributions below were chosen by hand, and so was the rule
that makes some guests cause damage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from columns import COLUMNS
from table import Table

Column = NDArray[np.float64]


def generate(rows: int, seed: int) -> Table:
    """Return `rows` invented guests; the same seed gives the same guests.

    Three hidden traits (wealth, age, how lively a guest is) tie the columns together; about a
    quarter of the guests cause damage.
    """
    rng = np.random.default_rng(seed)
    wealth = rng.normal(size=rows)
    lively = rng.normal(size=rows)
    age = np.clip(np.rint(rng.gamma(9.0, 5.0, rows)), 16, 97)
    columns = _household(rng, age) | _money(rng, wealth) | _stay(rng, wealth, lively, age)
    columns |= _history(rng, lively, age)
    features = np.stack([columns[name] for name in COLUMNS], axis=1).astype(np.float32)
    return Table(features, _damage(rng, columns), f"{rows} synthetic guests, seed {seed}")


def _flag(rng: np.random.Generator, probability: Column | float, rows: int) -> Column:
    return (rng.random(rows) < probability).astype(np.float64)


def _sometimes(rng: np.random.Generator, share: float, amounts: Column) -> Column:
    """Keep a `share` of the amounts; the other guests have 0."""
    return np.rint(amounts * _flag(rng, share, len(amounts)))


def _household(rng: np.random.Generator, age: Column) -> dict[str, Column]:
    rows = len(age)
    married = _flag(rng, np.where(age > 28, 0.62, 0.15), rows)
    young_family = np.where((age > 25) & (age < 55), 0.8, 0.1) * (0.4 + married)
    retired = _flag(rng, np.where(age > 63, 0.9, 0.02), rows)
    return {
        "age": age,
        "married_cd": married,
        "fam_adult_size": np.clip(1 + married + rng.binomial(2, 0.2, rows), 1, 4),
        "children_no": np.clip(rng.poisson(young_family * 0.8), 0, 6).astype(np.float64),
        "gender": _flag(rng, 0.5, rows),
        "retired": retired,
        "empl_ic": _flag(rng, 0.03, rows) * (1 - retired),
        "sect_empl": _sometimes(rng, 0.1, rng.integers(1, 7, rows).astype(np.float64)),
        "urban_ic": _flag(rng, 0.85, rows),
    }


def _money(rng: np.random.Generator, wealth: Column) -> dict[str, Column]:
    rows = len(wealth)
    profit_last = _sometimes(rng, 0.4, rng.lognormal(6.5 + 0.5 * wealth, 0.9))
    return {
        "income_am": _sometimes(rng, 0.6, rng.lognormal(7.4 + 0.6 * wealth, 0.9)),
        "profit_last_am": profit_last,
        "profit_am": np.rint(0.7 * profit_last + rng.lognormal(7.6 + 0.4 * wealth, 0.7)),
        "crd_lim_rec": 500 * np.rint(np.clip(rng.lognormal(1.6 + 0.6 * wealth, 0.7), 0, 60)),
        "credit_use_ic": _flag(rng, 0.05, rows),
        "neighbor_income": np.rint(np.clip(rng.normal(33000 + 3500 * wealth, 5500), 8000, None)),
        "company_ic": _flag(rng, 0.03, rows),
        "gold_status": _flag(rng, np.where(wealth > 1.2, 0.2, 0.02), rows),
        "presidential": _flag(rng, np.where(wealth > 1.5, 0.06, 0.003), rows),
        "client_segment": np.clip(np.rint(1.3 + 0.6 * wealth + rng.normal(size=rows) * 0.5), 0, 5),
    }


def _stay(rng: np.random.Generator, wealth: Column, lively: Column, age: Column) -> dict[str, Column]:
    rows = len(age)
    shops = _flag(rng, 0.18, rows)
    return {
        "nights_booked": np.clip(np.rint(rng.lognormal(2.9, 0.9, rows)), 1, 370),
        "bar_no": rng.poisson(np.exp(1.5 + 0.45 * lively)).astype(np.float64),
        "cab_requests": np.clip(rng.poisson(6.0, rows), 0, 16).astype(np.float64),
        "sport_ic": _flag(rng, np.where(age < 45, 0.4, 0.2), rows),
        "spa_ic": _flag(rng, 0.4, rows),
        "dining_ic": _flag(rng, 0.06, rows),
        "lactose_ic": _flag(rng, 0.1, rows),
        "insurance_ic": _flag(rng, 0.4, rows),
        "marketing_permit": _flag(rng, 0.5, rows),
        "shop_use": shops,
        "shop_am": np.round(shops * rng.lognormal(7.2 + 0.4 * wealth, 0.8), 2),
    }


def _history(rng: np.random.Generator, lively: Column, age: Column) -> dict[str, Column]:
    rows = len(age)
    stayed = _flag(rng, 0.88, rows)
    damages = stayed * np.clip(rng.poisson(np.exp(-1.4 + 0.7 * lively)), 0, 10)
    claims = np.clip(rng.poisson(np.exp(-1.9 + 0.5 * lively)), 0, 9).astype(np.float64)
    return {
        "prev_stay": stayed,
        "prev_all_in_stay": stayed * _flag(rng, 0.28, rows),
        "tenure_mts": np.rint(rng.random(rows) * np.minimum(12 * (age - 15), 600)),
        "damage_inc": damages,
        "damage_am": np.rint(damages * rng.lognormal(5.6, 0.8, rows)),
        "claims_no": claims,
        "claims_am": np.rint(claims * rng.lognormal(5.5, 1.1, rows)),
    }


def _damage(rng: np.random.Generator, guests: dict[str, Column]) -> NDArray[np.int64]:
    """Draw who causes damage: past damage and the bar drive it, children and youth bend it."""
    drinks = np.minimum(guests["bar_no"], 20)
    score = (
        -2.1
        + 1.3 * np.minimum(guests["damage_inc"], 3)
        + 0.8 * np.minimum(guests["claims_no"], 3)
        + 0.22 * drinks * np.where(guests["age"] < 40, 1.0, 0.5)
        + 0.9 * guests["sport_ic"] * (guests["children_no"] > 0)
        - 0.8 * guests["spa_ic"]
        - 0.7 * guests["married_cd"]
        + 0.5 * np.log1p(guests["nights_booked"] / 30)
    )
    likelihood = 1 / (1 + np.exp(-score))
    return (rng.random(len(score)) < likelihood).astype(np.int64)
