"""Waves and dam breaks with exact solutions."""

from __future__ import annotations

import numpy as np
from case import Case, Figure, Plot, Result, order_of, relative_l1, rmse, sides, solve, strip
from scipy.optimize import brentq

from twin.flood.boundaries import StageEdge, stage_faces
from twin.flood.curve import Curve
from twin.flood.domain import Domain

G = 9.81


def wave_on_a_plane() -> Result:
    n, u, cell = 0.03, 1.0, 50.0
    times = np.linspace(0, 3600, 241)
    levels = (7 / 3 * n**2 * u**3 * times) ** (3 / 7)
    domain = strip(np.zeros(100), n, cell)
    west = sides(domain, "west")
    domain.set_faces(*stage_faces(west))
    solve(domain, 3600, controls=[StageEdge(west, Curve(tuple(times), tuple(levels)))])
    x = (np.arange(100) + 0.5) * cell
    exact = (7 / 3 * n**2 * u**2 * np.maximum(u * 3600 - x, 0)) ** (3 / 7)
    depth = domain.depth[1].astype(float)
    wet = exact > 0
    return Result(
        (Figure("local inertial: RMSE of depth where wet", rmse(depth[wet], exact[wet]), 0.04, "m"),),
        (Plot({"exact": (x, exact), "local inertial": (x, depth)}, "The wave an hour after it entered at the left at 1 m/s."),),
    )


def stoker(x, time: float, left: float, right: float):
    """Depth and velocity of a dam break on wet ground at 0 (Stoker 1957)."""
    c_l = np.sqrt(G * left)

    def jump(h):
        u = 2 * (c_l - np.sqrt(G * h))
        return u - (h - right) * np.sqrt(G / 2 * (1 / h + 1 / right))

    middle = brentq(jump, right, left)
    u = 2 * (c_l - np.sqrt(G * middle))
    shock = middle * u / (middle - right)
    s = x / time
    fan = (2 * c_l - s) ** 2 / (9 * G)
    h = np.where(s < -c_l, left, np.where(s < u - np.sqrt(G * middle), fan, np.where(s < shock, middle, right)))
    v = np.where(s < -c_l, 0, np.where(s < u - np.sqrt(G * middle), 2 / 3 * (c_l + s), np.where(s < shock, u, 0)))
    return h, v


def dam_break_on_wet_ground() -> Result:
    cell, time = 5.0, 60.0
    x = (np.arange(400) + 0.5) * cell - 1000
    exact, speed = stoker(x, time, 2.0, 1.0)
    figures, curves = [], {"exact": (x, exact)}
    for name, full, limit in (("local inertial", False, 0.03), ("full", True, 0.005)):
        domain = strip(np.zeros(400), 0.0, cell)
        domain.depth[:] = np.where(x < 0, 2.0, 1.0)
        solve(domain, time, full=full)
        figures.append(Figure(f"{name}: relative L1 of depth", relative_l1(domain.depth[1], exact), limit))
        if full:
            figures.append(Figure("full: relative L1 of discharge", relative_l1(domain.flux_x[1, :-1], exact * speed), 0.02))
            deep = domain.depth[1].astype(float)
            error = relative_l1(domain.flux_x[1, :-1] / deep, speed)
            figures.append(Figure("full: relative L1 of velocity", error, 0.02))
        curves[name] = (x, domain.depth[1].astype(float))
    caption = "A minute after a dam between 2 m and 1 m of water vanished at 0: the bore runs to the right."
    return Result(tuple(figures), (Plot(curves, caption),))


def ritter() -> Result:
    errors, flows, speeds = [], [], []
    sizes = (10.0, 5.0, 2.5)
    for cell in sizes:
        count = int(2000 / cell)
        x = (np.arange(count) + 0.5) * cell - 1000
        c = np.sqrt(G * 4.0)
        s = x / 40.0
        exact = np.where(s < -c, 4.0, np.where(s < 2 * c, (2 * c - s) ** 2 / (9 * G), 0.0))
        speed = np.where((s > -c) & (s < 2 * c), 2 / 3 * (c + s), 0.0)
        domain = strip(np.zeros(count), 0.0, cell)
        domain.depth[:] = np.where(x < 0, 4.0, 0.0)
        solve(domain, 40.0, full=True, dry=1e-5)
        depth = domain.depth[1].astype(float)
        flow = domain.flux_x[1, :-1].astype(float)
        errors.append(relative_l1(depth, exact))
        flows.append(relative_l1(flow, exact * speed))
        deep = exact > 0.05
        speeds.append(relative_l1(flow[deep] / depth[deep], speed[deep]))
    return Result(
        (
            Figure("full, 2.5 m: relative L1 of depth", errors[-1], 0.005),
            Figure("full, 2.5 m: relative L1 of discharge", flows[-1], 0.02),
            Figure("full, 2.5 m: relative L1 of velocity where deeper than 5 cm", speeds[-1], 0.02),
            Figure("full: order of convergence of depth", order_of(sizes, errors), 0.9, least=True),
            Figure("full: order of convergence of discharge", order_of(sizes, flows), 0.9, least=True),
            Figure("full: order of convergence of velocity where deeper than 5 cm", order_of(sizes, speeds), 0.9, least=True),
        ),
        (
            Plot(
                {"exact": (x, exact), "full": (x, depth)}, "40 s after a dam holding 4 m of water vanished at 0, on dry ground."
            ),
            Plot(
                {"exact": (x[deep], speed[deep]), "full": (x[deep], flow[deep] / depth[deep])},
                "The same moment: velocity where it is deeper than 5 cm.",
                ("distance, m", "velocity, m/s"),
            ),
        ),
    )


def smooth_wave() -> Result:
    """A smooth hump on deep water for a short time, against the same on a fine grid."""
    figures = []
    made, flow = {}, {}
    for cell in (20.0, 10.0, 5.0, 1.25):
        count = int(2000 / cell)
        edges = np.arange(count + 1) * cell - 1000
        fine = np.linspace(-1000, 1000, 16001)
        hump = 0.5 * np.exp(-((fine / 150) ** 2))
        total = np.concatenate([[0], np.cumsum((hump[1:] + hump[:-1]) / 2 * np.diff(fine))])
        means = np.diff(np.interp(edges, fine, total)) / cell
        domain = strip(np.zeros(count), 0.0, cell)
        domain.depth[:] = 5.0 + means
        domain.residual[:] = (5.0 + means) - domain.depth
        solve(domain, 40.0, full=True)
        made[cell] = domain.depth[1].astype(float) + domain.residual[1]
        flow[cell] = domain.flux_x[1, :-1].astype(float)
    sizes = (20.0, 10.0, 5.0)
    for what, kept in (("depth", made), ("discharge", flow)):
        errors = [np.abs(kept[cell] - kept[1.25].reshape(-1, int(cell / 1.25)).mean(axis=1)).mean() for cell in sizes]
        figures.append(Figure(f"full: order of convergence of {what} where smooth", order_of(sizes, errors), 1.6, least=True))
    curves = {f"{cell:g} m cells": ((np.arange(len(made[cell])) + 0.5) * cell - 1000, made[cell]) for cell in (1.25, 20.0, 5.0)}
    caption = (
        "A smooth hump that split in two, after 40 s, on cells of three sizes: the error falls fourfold when cells are halved."
    )
    return Result(tuple(figures), (Plot(curves, caption),))


def thacker() -> Result:
    """Planar surface in a paraboloid (Thacker 1981; SWASHES 4.2.2)."""
    a, h0, eta, length = 1.0, 0.1, 0.5, 4.0
    omega = np.sqrt(2 * G * h0) / a
    period = 2 * np.pi / omega
    sizes, errors, flows, speeds = (0.08, 0.04, 0.02), [], [], []
    for cell in sizes:
        count = round(length / cell)
        x = (np.arange(count) + 0.5) * cell - length / 2
        xx, yy = np.meshgrid(x, x)
        z = -h0 * (1 - (xx**2 + yy**2) / a**2)

        def surface(t, xx=xx, yy=yy):
            return eta * h0 / a**2 * (2 * xx * np.cos(omega * t) + 2 * yy * np.sin(omega * t) - eta)

        domain = Domain(z, 0.0, cell)
        depth = np.maximum(surface(0.0) - z, 0)
        domain.depth[:] = depth
        domain.flux_y[:-1] = depth * eta * omega  # at time 0 all of it runs along y
        solve(domain, period, full=True, dry=1e-5)
        exact = np.maximum(surface(period) - z, 0)
        errors.append(relative_l1(domain.depth, exact))
        flow = domain.flux_y[:-1].astype(float)
        flows.append(relative_l1(flow, exact * eta * omega))
        deep = exact > 0.01
        speeds.append(relative_l1(flow[deep] / np.maximum(domain.depth[deep], 1e-5), np.full(int(deep.sum()), eta * omega)))
    middle = count // 2
    return Result(
        (
            Figure("full, 2 cm: relative L1 of depth after one turn", errors[-1], 0.02),
            Figure("full, 2 cm: relative L1 of discharge after one turn", flows[-1], 0.05),
            Figure("full, 2 cm: relative L1 of velocity where deeper than 1 cm", speeds[-1], 0.05),
            Figure("full: order of convergence of depth", order_of(sizes, errors), 0.9, least=True),
            Figure("full: order of convergence of discharge", order_of(sizes, flows), 0.9, least=True),
            Figure("full: order of convergence of velocity", order_of(sizes, speeds), 0.9, least=True),
        ),
        (
            Plot(
                {
                    "ground": (x, z[middle]),
                    "exact": (x, np.where(exact[middle] > 0, exact[middle] + z[middle], np.nan)),
                    "full": (x, np.where(domain.depth[middle] > 1e-4, domain.depth[middle] + z[middle], np.nan)),
                },
                "A cut through the bowl after the water went round once: it stands where it started.",
                ("distance, m", "elevation, m"),
            ),
        ),
    )


CASES = (
    Case("Wave running onto a dry plane", "Hunter et al. 2005; Bates et al. 2010, n = 0.03, 50 m cells", wave_on_a_plane),
    Case("Dam break on wet ground, 2 : 1", "Stoker 1957", dam_break_on_wet_ground),
    Case("Dam break on dry ground", "Ritter 1892", ritter),
    Case("Smooth wave", "self-convergence", smooth_wave),
    Case("Water turning in a bowl", "Thacker 1981", thacker),
)
