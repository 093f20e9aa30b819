"""Country shapes of the maps: Natural Earth 4.1.0 at 1:110m, as the npm package world-atlas has it.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/build_shapes.py package src/multipolar/report/data

Writes `world-110m.json`, a topology whose shapes carry ISO3 codes as ids (Antarctica left out), and
`places.csv`, the middle of the largest piece of land, at 1:50m, of each economy of the shipped
world that is missing from the first or too small on it to be seen. Needs the package pycountry.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pycountry

from multipolar.world.labels import country_names

TOO_SMALL = 1.0  # square degrees


def rings(topology: dict[str, Any], geometry: dict[str, Any]) -> list[np.ndarray]:
    """Outer rings of a shape as [point, (longitude, latitude)], decimal degrees."""
    scale, translate = (np.array(topology["transform"][k]) for k in ("scale", "translate"))
    lines = [np.cumsum(arc, axis=0) * scale + translate for arc in topology["arcs"]]
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    parts = [[lines[k] if k >= 0 else lines[~k][::-1] for k in p[0]] for p in polygons]
    return [np.concatenate(part) for part in parts]


def area(ring: np.ndarray) -> float:
    """Area in square degrees, squeezed by the cosine of latitude."""
    x, y = ring.T
    plain = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    return float(plain * np.cos(np.radians(y.mean())))


def code(geometry: dict[str, Any]) -> str:
    """ISO3 of a shape; its name where ISO has no code for it."""
    country = pycountry.countries.get(numeric=geometry.get("id", ""))
    return country.alpha_3 if country else geometry["properties"]["name"]


def main(source: Path, target: Path) -> None:
    """Read the package's files and write ours."""
    coarse, fine = (
        json.loads((source / f"countries-{scale}.json").read_text()) for scale in ("110m", "50m")
    )
    kept = [g for g in coarse["objects"]["countries"]["geometries"] if code(g) != "ATA"]
    shapes = [
        {"type": g["type"], "arcs": g["arcs"], "id": code(g), "properties": g["properties"]}
        for g in kept
    ]
    size = {shape["id"]: sum(map(area, rings(coarse, shape))) for shape in shapes}
    coarse["objects"] = {"countries": {"type": "GeometryCollection", "geometries": shapes}}
    (target / "world-110m.json").write_text(json.dumps(coarse, separators=(",", ":")))

    places = []
    for geometry in fine["objects"]["countries"]["geometries"]:
        iso3 = code(geometry)
        if iso3 in country_names() and size.get(iso3, 0.0) < TOO_SMALL:
            middle = max(rings(fine, geometry), key=area).mean(axis=0)
            places.append((iso3, *(f"{degrees:.2f}" for degrees in middle)))
    with (target / "places.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("iso3", "longitude", "latitude"))
        rows.writerows(sorted(places))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
