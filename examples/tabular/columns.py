# SPDX-License-Identifier: Apache-2.0
"""The 37 columns of a guest's record, in the order the model takes them."""

from __future__ import annotations

from typing import Literal

Kind = Literal["number", "integer", "boolean"]

COLUMNS: dict[str, Kind] = {
    "income_am": "number",
    "profit_last_am": "number",
    "profit_am": "number",
    "damage_am": "number",
    "damage_inc": "integer",
    "crd_lim_rec": "number",
    "credit_use_ic": "integer",
    "lactose_ic": "integer",
    "insurance_ic": "integer",
    "spa_ic": "integer",
    "empl_ic": "integer",
    "cab_requests": "integer",
    "married_cd": "boolean",
    "bar_no": "integer",
    "sport_ic": "integer",
    "neighbor_income": "number",
    "age": "integer",
    "marketing_permit": "integer",
    "urban_ic": "integer",
    "dining_ic": "integer",
    "presidential": "integer",
    "client_segment": "integer",
    "sect_empl": "integer",
    "prev_stay": "integer",
    "prev_all_in_stay": "integer",
    "fam_adult_size": "integer",
    "children_no": "integer",
    "tenure_mts": "integer",
    "company_ic": "integer",
    "claims_no": "integer",
    "claims_am": "number",
    "nights_booked": "integer",
    "gender": "integer",
    "shop_am": "number",
    "shop_use": "integer",
    "retired": "integer",
    "gold_status": "integer",
}
"""Type by name. Flags are integers 0 and 1, as tables of such guests write them; only
``married_cd`` is written True and False."""

LABEL = "outcome_damage_inc"
"""1: the guest caused damage during the stay; 0: no damage."""
