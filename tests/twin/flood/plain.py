"""Plain numpy references of the schemes: slow, short, in double precision. They are the oracle of the kernels."""

from __future__ import annotations

import numpy as np

G = 9.81


def local_inertial_step(z, h, qx, qy, n, dt, dx, theta=0.9, dry=1e-3):
    """One step inside closed walls. z, h, n: [rows, columns]; qx: [rows, columns + 1]; qy: [rows + 1, columns]."""

    def across(field):
        return field.T

    def fluxes(z, h, n, q, t):
        """New discharge on the inner x faces; t: discharge on the y faces."""
        dz = z[:, 1:] - z[:, :-1]
        flow = np.maximum(h[:, :-1], dz + h[:, 1:]) - np.maximum(0, dz)
        mean_t = 0.25 * (t[:-1, :-1] + t[1:, :-1] + t[:-1, 1:] + t[1:, 1:])
        inner = q[:, 1:-1]
        bar = theta * inner + (1 - theta) / 2 * (q[:, :-2] + q[:, 2:])
        deep = np.maximum(flow, dry)
        n2 = 0.5 * (n[:, :-1] ** 2 + n[:, 1:] ** 2)
        push = G * dt * deep * (dz + h[:, 1:] - h[:, :-1]) / dx
        drag = G * dt * n2 / deep ** (7 / 3)
        free = bar - push
        uniform = np.sqrt(np.abs(push) / drag)
        friction = drag * np.maximum(np.hypot(inner, mean_t), np.minimum(np.hypot(free, mean_t) / 4, uniform))
        new = (free + friction * inner) / (1 + 2 * friction)
        made = np.zeros_like(q)
        made[:, 1:-1] = np.where(flow > dry, new, 0)
        return made

    fx = fluxes(z, h, n, qx, qy)
    fy = across(fluxes(across(z), across(h), across(n), across(qy), across(qx)))
    out = np.maximum(fx[:, 1:], 0) + np.maximum(-fx[:, :-1], 0) + np.maximum(fy[1:], 0) + np.maximum(-fy[:-1], 0)
    share = np.minimum(1, h / np.maximum(out * dt / dx, 1e-12))
    fx[:, 1:-1] *= np.where(fx[:, 1:-1] > 0, share[:, :-1], share[:, 1:])
    fy[1:-1] *= np.where(fy[1:-1] > 0, share[:-1], share[1:])
    h = h + dt / dx * (fx[:, :-1] - fx[:, 1:] + fy[:-1] - fy[1:])
    return np.maximum(h, 0), fx, fy


def implicit(drag, free):
    """What friction leaves of a speed: x / a where x + drag |x| x = a."""
    return 2 / (1 + np.sqrt(1 + 4 * drag * free))


def shallow_water_step(z, h, mx, my, n, dt, dx, dry=1e-3):
    """One step of MUSCL–Hancock with hydrostatic reconstruction and HLLC inside closed walls; all [rows, columns]."""
    pad = ((2, 2), (2, 2))
    z = np.pad(z, pad, constant_values=1e5)
    h, mx, my = (np.pad(a, pad) for a in (h, mx, my))
    wet = h > dry
    safe = np.maximum(h, dry)
    u, v = np.where(wet, mx / safe, 0), np.where(wet, my / safe, 0)

    def slope(a, axis):
        p = a - np.roll(a, 1, axis)
        q = np.roll(a, -1, axis) - a
        rising = np.minimum(np.minimum(1.5 * p, 1.5 * q), (p + q) / 2)
        falling = np.maximum(np.maximum(1.5 * p, 1.5 * q), (p + q) / 2)
        s = np.maximum(rising, 0) + np.minimum(falling, 0)
        inside = np.minimum(h, np.minimum(np.roll(h, 1, axis), np.roll(h, -1, axis))) > dry
        return np.where(inside, s, 0)

    x, y = 1, 0
    ex, hx, ux, vx = (slope(a, x) for a in (z + h, h, u, v))
    ey, hy, uy, vy = (slope(a, y) for a in (z + h, h, u, v))
    k = dt / (2 * dx)
    hp = np.maximum(h - k * (u * hx + v * hy + h * (ux + vy)), 0)
    up = u - k * (u * ux + v * uy + G * ex)
    vp = v - k * (u * vx + v * vy + G * ey)
    n2 = np.pad(n, pad) ** 2
    slowed = implicit(G * dt / 2 * n2 / safe ** (4 / 3), np.hypot(up, vp))
    up, vp = up * slowed, vp * slowed

    def hll(hl, hr, ul, ur):
        cl, cr = np.sqrt(G * hl), np.sqrt(G * hr)
        us, cs = (ul + ur) / 2 + cl - cr, np.maximum((cl + cr) / 2 + (ul - ur) / 4, 0)
        sl = np.minimum(np.where(hl > 0, np.minimum(ul - cl, us - cs), ur - 2 * cr), 0)
        sr = np.maximum(np.where(hr > 0, np.maximum(ur + cr, us + cs), ul + 2 * cl), 0)
        span = np.maximum(sr - sl, 1e-12)
        ml, mr = hl * ul, hr * ur
        fl, fr = ml * ul + G * hl**2 / 2, mr * ur + G * hr**2 / 2
        return (sr * ml - sl * mr + sl * sr * (hr - hl)) / span, (sr * fl - sl * fr + sl * sr * (mr - ml)) / span

    def fluxes(axis, normal, along, e, d, a, b):
        """On the face before each cell: mass, momentum seen from before and from here, momentum along."""

        def before(field):
            return np.roll(field, 1, axis)

        hl, hr = np.maximum(before(hp) + before(d) / 2, 0), np.maximum(hp - d / 2, 0)
        zl, zr = before(z) + (before(e) - before(d)) / 2, z - (e - d) / 2
        step = zr - zl
        dl, dr = np.maximum(hl - np.maximum(step, 0), 0), np.maximum(hr - np.maximum(-step, 0), 0)
        ul, ur = before(normal) + before(a) / 2, normal - a / 2
        wall_r, wall_l = z > 5e4, before(z) > 5e4
        dl, dr = np.where(wall_l, hr, dl), np.where(wall_r, hl, dr)
        dl, dr = np.where(wall_r, hl, dl), np.where(wall_l, hr, dr)
        ul, ur = np.where(wall_l, -ur, ul), np.where(wall_r, -ul, ur)
        mass, momentum = hll(dl, dr, ul, ur)
        mass = np.where(wall_r | wall_l | (np.maximum(before(hp), hp) <= dry), 0, mass)
        carried = np.where(mass > 0, before(along) + before(b) / 2, along - b / 2)
        return mass, momentum - G * dl**2 / 2, momentum - G * dr**2 / 2, mass * carried

    xm, xl, xr, xa = fluxes(x, up, vp, ex, hx, ux, vx)
    ym, yl, yr, ya = fluxes(y, vp, up, ey, hy, vy, uy)

    def after(field, axis):
        return np.roll(field, -1, axis)

    c = dt / dx
    new = np.maximum(h + c * (xm - after(xm, x) + ym - after(ym, y)), 0)
    mx = mx + c * (xr - after(xl, x) + ya - after(ya, y) - G * hp * ex)
    my = my + c * (yr - after(yl, y) + xa - after(xa, x) - G * hp * ey)
    slowed = implicit(G * dt * n2 / np.maximum(new, dry) ** (7 / 3), np.hypot(mx, my)) * (new > dry)
    inner = (slice(2, -2), slice(2, -2))
    return new[inner], (mx * slowed)[inner], (my * slowed)[inner]
