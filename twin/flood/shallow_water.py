"""Full shallow water equations: finite volumes, second order, well balanced, for what the local inertial scheme cannot do.

MUSCL–Hancock (van Leer 1984, doi:10.1137/0905001) with hydrostatic reconstruction (Audusse et al. 2004,
doi:10.1137/S1064827503431090) and the HLLC flux (Toro, Spruce & Speares 1994, doi:10.1007/BF01414629); dry fronts after Toro
2001; friction implicit, Manning. Near dry ground it is of first order. Buildings may leave less room in a cell and less width
on its faces (Guinot & Soares-Frazão 2006, doi:10.1002/fld.1059).

Where the ground is rougher from cell to cell than the water is deep, cells that lie lower than their neighbours run too fast:
what passes a face is the speed of the cell times the depth above the face's bed.

The pressure is split off analytically: what is left vanishes for water at rest term by term, so that float32 is enough.
Arrays are framed as in `twin.flood.domain`; ``u, v`` run east and south, ``mx, my`` are depth × velocity in the cells.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from twin.flood.faces import CLOSED, INFLOW, NARROW, STAGE, WEIR, open_share, weir_discharge
from twin.flood.kernel import f32, float_of, kernel, power_seven_thirds, vector_kernel
from twin.flood.local_inertial import BAND, keep_greatest
from twin.flood.products import greatest_bits

REACH = 2
"""Rows above and below that one step reaches."""
RINGS = 25
G = f32(9.81)
WALL = f32(5e4)
"""Ground higher than this is a wall: water is mirrored there."""
_STEEPEST = f32(1.5)
"""Of the generalised minmod limiter, 1 to 2."""


@vector_kernel
def velocities(h, mx, my, u, v, dry):  # type: ignore[no-untyped-def]
    """Velocity of each cell, m/s; none where it is dry."""
    zero = f32(0.0)
    for j in range(h.shape[0]):
        wet = h[j] > dry
        inverse = f32(1.0) / max(h[j], dry)
        u[j] = mx[j] * inverse if wet else zero
        v[j] = my[j] * inverse if wet else zero


@njit(inline="always")
def limited(p, q):  # type: ignore[no-untyped-def]
    """Generalised minmod of two differences."""
    zero = f32(0.0)
    up = max(min(_STEEPEST * p, _STEEPEST * q, f32(0.5) * (p + q)), zero)
    down = min(max(_STEEPEST * p, _STEEPEST * q, f32(0.5) * (p + q)), zero)
    return up + down


@vector_kernel
def level_slopes(z_l, z, z_r, h_l, h, h_r, level, depth, dry):  # type: ignore[no-untyped-def]
    """Limited differences of water level and depth over a cell, none beside dry ground."""
    zero = f32(0.0)
    for j in range(h.shape[0]):
        wet = min(h[j], h_l[j], h_r[j]) > dry
        a, b = h[j] - h_l[j], h_r[j] - h[j]
        level[j] = limited((z[j] - z_l[j]) + a, (z_r[j] - z[j]) + b) if wet else zero
        depth[j] = limited(a, b) if wet else zero


@vector_kernel
def velocity_slopes(u_l, u, u_r, v_l, v, v_r, h_l, h, h_r, du, dv, dry):  # type: ignore[no-untyped-def]
    """Limited differences of both velocities over a cell, none beside dry ground."""
    zero = f32(0.0)
    for j in range(h.shape[0]):
        wet = min(h[j], h_l[j], h_r[j]) > dry
        du[j] = limited(u[j] - u_l[j], u_r[j] - u[j]) if wet else zero
        dv[j] = limited(v[j] - v_l[j], v_r[j] - v[j]) if wet else zero


@vector_kernel
def predict(h, u, v, ex, hx, ux, vx, ey, hy, uy, vy, n, h_p, u_p, v_p, k, g_dt, dry):  # type: ignore[no-untyped-def]
    """Depth and velocities half a step later; ``k`` = half a step / cell size.

    Friction counts as in `update_momentum`: without it the mass would run half a step of free fall too fast.
    """
    two_g_dt = f32(2.0) * g_dt
    for j in range(h.shape[0]):
        d, a, b = h[j], u[j], v[j]
        h_p[j] = max(d - k * ((a * hx[j] + b * hy[j]) + d * (ux[j] + vy[j])), f32(0.0))
        x = a - k * ((a * ux[j] + b * uy[j]) + G * ex[j])
        y = b - k * ((a * vx[j] + b * vy[j]) + G * ey[j])
        deep = max(d, dry)
        p = power_seven_thirds(deep)
        slowed = f32(2.0) * p / (p + np.sqrt(p * (p + two_g_dt * n[j] * deep * np.sqrt(x * x + y * y))))
        u_p[j] = x * slowed
        v_p[j] = y * slowed


@njit(inline="always")
def riemann(h_l, h_r, u_l, u_r):  # type: ignore[no-untyped-def]
    """Flux of mass, and of momentum less the pressure ½ g h² of the left state, between two states (HLL).

    Returns
    -------
    mass, momentum : float32
    """
    zero, half = f32(0.0), f32(0.5)
    c_l, c_r = np.sqrt(G * h_l), np.sqrt(G * h_r)
    u_s = half * (u_l + u_r) + c_l - c_r
    c_s = max(half * (c_l + c_r) + f32(0.25) * (u_l - u_r), zero)
    s_l = min(u_l - c_l, u_s - c_s) if h_l > zero else u_r - f32(2.0) * c_r
    s_r = max(u_r + c_r, u_s + c_s) if h_r > zero else u_l + f32(2.0) * c_l
    s_l, s_r = min(s_l, zero), max(s_r, zero)
    m_l, m_r = h_l * u_l, h_r * u_r
    pressure = half * G * (h_r - h_l) * (h_r + h_l)
    span = s_r - s_l
    inverse = f32(1.0) / max(span, f32(1e-12))
    mass = (s_r * m_l - s_l * m_r + s_l * s_r * (h_r - h_l)) * inverse
    momentum = (s_r * (m_l * u_l) - s_l * (m_r * u_r + pressure) + s_l * s_r * (m_r - m_l)) * inverse
    return mass, momentum


@vector_kernel
def face_fluxes(  # type: ignore[no-untyped-def]
    z_l, z_r, h_l, h_r, u_l, u_r, v_l, v_r, e_l, d_l, a_l, b_l, e_r, d_r, a_r, b_r, mass, left, right, along, dry,
):  # fmt: skip
    """Fluxes on the faces between left and right cells; no mass between two films: they lie still, whatever is active.

    ``u``: velocity across the face, ``v``: along it; ``e, d, a, b``: differences of level, depth, ``u``, ``v`` over the cell.
    ``left, right``: flux of momentum across the face less the pressure on either side; ``along``: of the other component.
    """
    zero, half = f32(0.0), f32(0.5)
    for j in range(mass.shape[0]):
        west, east = max(h_l[j] + half * d_l[j], zero), max(h_r[j] - half * d_r[j], zero)
        step = (z_r[j] - z_l[j]) - half * ((e_r[j] - d_r[j]) + (e_l[j] - d_l[j]))
        deep_l = max(west - max(step, zero), zero)
        deep_r = max(east - max(-step, zero), zero)
        fast_l, fast_r = u_l[j] + half * a_l[j], u_r[j] - half * a_r[j]
        wall_r, wall_l = z_r[j] > WALL, z_l[j] > WALL
        deep_l, deep_r = (east if wall_l else deep_l), (west if wall_r else deep_r)
        deep_l, deep_r = (west if wall_r else deep_l), (east if wall_l else deep_r)
        fast_l, fast_r = (-fast_r if wall_l else fast_l), (-fast_l if wall_r else fast_r)
        m, p = riemann(deep_l, deep_r, fast_l, fast_r)
        m = zero if wall_l or wall_r or max(h_l[j], h_r[j]) <= dry else m
        mass[j] = m
        left[j] = p
        right[j] = p - half * G * (deep_r - deep_l) * (deep_r + deep_l)
        along[j] = m * (v_l[j] + half * b_l[j] if m > zero else v_r[j] - half * b_r[j])


@njit(inline="always")
def special_fluxes(faces, p, z_l, z_r, h_l, h_r, u_l, u_r, v_l, v_r, n_l, n_r, dry, plain):  # type: ignore[no-untyped-def]
    """The four fluxes on one special face, see `face_fluxes` and `twin.flood.faces`; ``plain``: those without its law."""
    zero = f32(0.0)
    kind, side = faces[2][p, 0], faces[2][p, 1]
    first, second, share = faces[3][p, 0], faces[3][p, 1], open_share(faces, p)
    dz = z_r - z_l
    sill = max(zero, dz)
    if kind == NARROW or (kind == WEIR and first <= sill and share >= f32(1.0)):
        return share * plain[0], share * plain[1], share * plain[2], share * plain[3]
    sill = max(sill, first)
    upper = max(h_l, dz + h_r) - sill
    if kind == CLOSED or (kind == WEIR and upper <= zero):  # either side is mirrored
        return zero, faces[4][p, 0] * riemann(h_l, h_l, u_l, -u_l)[1], faces[4][p, 1] * riemann(h_r, h_r, -u_r, u_r)[1], zero
    if kind == WEIR:
        over = share * weir_discharge(upper, min(h_l, dz + h_r) - sill, second)
        m = over if h_l >= dz + h_r else -over
        jet = m * (u_l if m > zero else u_r)
        return m, jet, jet, m * (v_l if m > zero else v_r)
    inside, u, v, n_2 = (h_l, u_l, v_l, n_l) if side > 0 else (h_r, u_r, v_r, n_r)
    out = f32(side) * u  # velocity towards the outside
    if kind == INFLOW:
        q = first / share
        deep = max(inside, (q * q / G) ** f32(1.0 / 3.0))
        jet = first * q / max(deep, dry)
        return -f32(side) * first, jet, jet, zero
    if kind == STAGE:
        beyond = max(first, zero)
        if max(inside, beyond) <= dry:
            return zero, zero, zero, zero
        c_in, c_out = np.sqrt(G * inside), np.sqrt(G * beyond)
        torrent = inside > dry and out >= c_in  # nothing from outside reaches in
        fast = out if torrent else min(max(out + f32(2.0) * (c_in - c_out), -c_out), c_in + out)
        beyond = inside if torrent else beyond
        m, jet = riemann(inside, beyond, out, fast)
        m, jet = f32(side) * share * m, share * jet
        return m, jet, jet, m * (v if f32(side) * m > zero else zero)
    if inside <= dry:
        return zero, zero, zero, zero
    uniform = np.sqrt(power_seven_thirds(inside) * inside * first / max(n_2, f32(1e-8)))
    critical = inside * np.sqrt(G * inside)
    q = max(min(uniform, critical), inside * out)  # what runs outward already is not held back
    jet = share * q * q / inside
    m = f32(side) * share * q
    return m, jet, jet, m * v


@vector_kernel
def update_depth(w, e, n, s, h, r, c):  # type: ignore[no-untyped-def]
    """Add the balance of mass to depth ``h`` with residual ``r``; ``c`` = time step / cell size."""
    zero = f32(0.0)
    for j in range(h.shape[0]):
        delta = c * ((w[j] - e[j]) + (n[j] - s[j])) + r[j]
        value = h[j] + delta
        h_new = zero if value < zero else value
        r[j] = delta - (h_new - h[j])
        h[j] = h_new


@vector_kernel
def update_momentum(right_w, left_e, x_n, x_s, right_n, left_s, y_w, y_e, h_p, ex, ey, h, n, mx, my, c, g_dt, dry):  # type: ignore[no-untyped-def]
    """Add the balance of momentum, then friction; none stays where it is dry.

    Friction is implicit: x + k |x| x = a has the solution x = 2 a / (1 + √(1 + 4 k |a|)), so that thin water on a steep slope
    comes to rest in uniform flow whatever the step (Xia & Liang 2018, doi:10.1016/j.advwatres.2018.05.004).
    """
    zero = f32(0.0)
    four_g_dt = f32(4.0) * g_dt
    for j in range(h.shape[0]):
        a = mx[j] + c * ((right_w[j] - left_e[j]) + (x_n[j] - x_s[j]) - G * h_p[j] * ex[j])
        b = my[j] + c * ((right_n[j] - left_s[j]) + (y_w[j] - y_e[j]) - G * h_p[j] * ey[j])
        p = power_seven_thirds(max(h[j], dry))
        slowed = f32(2.0) * p / (p + np.sqrt(p * (p + four_g_dt * n[j] * np.sqrt(a * a + b * b))))
        wet = h[j] > dry
        mx[j] = a * slowed if wet else zero
        my[j] = b * slowed if wet else zero


@kernel
def same_segments(one, other, seg_start, seg_lo, seg_hi):  # type: ignore[no-untyped-def]
    """Whether two bands have the same active columns."""
    count = seg_start[one + 1] - seg_start[one]
    if count != seg_start[other + 1] - seg_start[other]:
        return False
    for k in range(count):
        if (
            seg_lo[seg_start[one] + k] != seg_lo[seg_start[other] + k]
            or seg_hi[seg_start[one] + k] != seg_hi[seg_start[other] + k]
        ):
            return False
    return True


@kernel
def advance_rows(  # type: ignore[no-untyped-def]
    first, last, top, bottom, at, steps, dt, inv_dx, dry,
    z, n, h, r, mx, my, peak, seg_start, seg_lo, seg_hi, x_faces, y_faces, ghost_start, ghost_column, source_start,
    source_column, source_rate, narrow_start, narrow_column, openness, rings, outflow,
):  # fmt: skip
    """Take several steps on some rows; see `twin.flood.local_inertial.advance_rows`.

    Goes down the rows once per step: velocities of row i + 1, slopes and prediction of row i, fluxes of row i, update of
    row i − 1.
    """
    c, g_dt, k_half, thin = f32(dt * inv_dx), f32(9.81 * dt), f32(0.5 * dt * inv_dx), f32(dry)
    bands = seg_start.shape[0] - 1
    for step in range(steps):
        rest = steps - 1 - step
        begin, end = max(first - REACH * rest, top), min(last + REACH * rest, bottom)
        for i in range(begin - 3, end + 1):
            if seg_start[min((i + 2) // BAND + 1, bands)] == seg_start[max(i - 1, 0) // BAND]:
                continue  # nothing is active in the rows that this one works on
            row = i + 1
            o, q = at[row], row & 3
            for near in (-1, 1, 0):  # its own band last: what it holds for dry stays so
                band = (row + near) // BAND
                if band >= bands or (near != 0 and same_segments(band, row // BAND, seg_start, seg_lo, seg_hi)):
                    continue
                for s in range(seg_start[band], seg_start[band + 1]):
                    a, b = seg_lo[s], seg_hi[s]
                    velocities(h[o, a:b], mx[o, a:b], my[o, a:b], rings[0, q, a:b], rings[1, q, a:b], thin)
                    for ring in range(2):
                        rings[ring, q, a - 1] = rings[ring, q, b] = f32(0.0)
            if i < begin - 1:
                continue
            o, o_n, o_s = at[i], at[i - 1], at[i + 1]
            k, k_n, k_s = i & 3, (i - 1) & 3, (i + 1) & 3
            u, v = rings[0], rings[1]
            for near in (-1, 1, 0):
                band = (i + near) // BAND
                if band >= bands or (near != 0 and same_segments(band, i // BAND, seg_start, seg_lo, seg_hi)):
                    continue
                for s in range(seg_start[band], seg_start[band + 1]):
                    a, b = seg_lo[s], seg_hi[s]
                    level_slopes(z[i, a-1:b-1], z[i, a:b], z[i, a+1:b+1], h[o, a-1:b-1], h[o, a:b], h[o, a+1:b+1],
                                 rings[2, k, a:b], rings[3, k, a:b], thin)  # fmt: skip
                    level_slopes(z[i-1, a:b], z[i, a:b], z[i+1, a:b], h[o_n, a:b], h[o, a:b], h[o_s, a:b],
                                 rings[4, k, a:b], rings[5, k, a:b], thin)  # fmt: skip
                    velocity_slopes(u[k, a-1:b-1], u[k, a:b], u[k, a+1:b+1], v[k, a-1:b-1], v[k, a:b], v[k, a+1:b+1],
                                    h[o, a-1:b-1], h[o, a:b], h[o, a+1:b+1],
                                    rings[6, k, a:b], rings[7, k, a:b], thin)  # fmt: skip
                    velocity_slopes(u[k_n, a:b], u[k, a:b], u[k_s, a:b], v[k_n, a:b], v[k, a:b], v[k_s, a:b],
                                    h[o_n, a:b], h[o, a:b], h[o_s, a:b], rings[8, k, a:b], rings[9, k, a:b], thin)  # fmt: skip
                    predict(h[o, a:b], u[k, a:b], v[k, a:b], rings[2, k, a:b], rings[3, k, a:b], rings[6, k, a:b],
                            rings[7, k, a:b], rings[4, k, a:b], rings[5, k, a:b], rings[8, k, a:b], rings[9, k, a:b],
                            n[i, a:b], rings[10, k, a:b], rings[11, k, a:b], rings[12, k, a:b], k_half, g_dt, thin)  # fmt: skip
                    for ring in range(2, 13):
                        rings[ring, k, a - 1] = rings[ring, k, b] = f32(0.0)
            if i >= begin and i // BAND != (i - 1) // BAND:
                for s in range(seg_start[(i - 1) // BAND], seg_start[(i - 1) // BAND + 1]):
                    for ring in range(17, 21):
                        rings[ring, k, seg_lo[s] : seg_hi[s]] = f32(0.0)
            for s in range(seg_start[i // BAND], seg_start[i // BAND + 1]):
                a, b = seg_lo[s], seg_hi[s]
                face_fluxes(z[i, a-1:b-1], z[i, a:b], rings[10, k, a-1:b-1], rings[10, k, a:b],
                            rings[11, k, a-1:b-1], rings[11, k, a:b], rings[12, k, a-1:b-1], rings[12, k, a:b],
                            rings[2, k, a-1:b-1], rings[3, k, a-1:b-1], rings[6, k, a-1:b-1], rings[7, k, a-1:b-1],
                            rings[2, k, a:b], rings[3, k, a:b], rings[6, k, a:b], rings[7, k, a:b],
                            rings[13, k, a:b], rings[14, k, a:b], rings[15, k, a:b], rings[16, k, a:b], thin)  # fmt: skip
                for ring in range(13, 17):
                    rings[ring, k, b] = f32(0.0)
                if i >= begin:
                    face_fluxes(z[i-1, a:b], z[i, a:b], rings[10, k_n, a:b], rings[10, k, a:b],
                                rings[12, k_n, a:b], rings[12, k, a:b], rings[11, k_n, a:b], rings[11, k, a:b],
                                rings[4, k_n, a:b], rings[5, k_n, a:b], rings[9, k_n, a:b], rings[8, k_n, a:b],
                                rings[4, k, a:b], rings[5, k, a:b], rings[9, k, a:b], rings[8, k, a:b],
                                rings[17, k, a:b], rings[18, k, a:b], rings[19, k, a:b], rings[20, k, a:b], thin)  # fmt: skip
            for p in range(x_faces[0][i], x_faces[0][i + 1]):
                j = x_faces[1][p]
                plain = (rings[13, k, j], rings[14, k, j], rings[15, k, j], rings[16, k, j])
                fluxes = special_fluxes(x_faces, p, z[i, j-1], z[i, j], h[o, j-1], h[o, j], u[k, j-1], u[k, j],
                                        v[k, j-1], v[k, j], n[i, j-1], n[i, j], thin, plain)  # fmt: skip
                for number in range(4):
                    rings[13 + number, k, j] = fluxes[number]
            if i >= begin:
                for p in range(y_faces[0][i], y_faces[0][i + 1]):
                    j = y_faces[1][p]
                    plain = (rings[17, k, j], rings[18, k, j], rings[19, k, j], rings[20, k, j])
                    fluxes = special_fluxes(y_faces, p, z[i-1, j], z[i, j], h[o_n, j], h[o, j], v[k_n, j], v[k, j],
                                            u[k_n, j], u[k, j], n[i-1, j], n[i, j], thin, plain)  # fmt: skip
                    for number in range(4):
                        rings[17 + number, k, j] = fluxes[number]
            row = i - 1
            if row < begin:
                continue
            o, band, k0 = at[row], row // BAND, row & 3
            for p in range(narrow_start[row], narrow_start[row + 1]):
                j = narrow_column[p]
                rings[21, 0, j], rings[22, 0, j], rings[23, 0, j], rings[24, 0, j] = h[o, j], r[o, j], mx[o, j], my[o, j]
            for s in range(seg_start[band], seg_start[band + 1]):
                a, b = seg_lo[s], seg_hi[s]
                update_depth(
                    rings[13, k0, a:b],
                    rings[13, k0, a + 1 : b + 1],
                    rings[17, k0, a:b],
                    rings[17, k, a:b],
                    h[o, a:b],
                    r[o, a:b],
                    c,
                )
                update_momentum(rings[15, k0, a:b], rings[14, k0, a+1:b+1], rings[20, k0, a:b], rings[20, k, a:b],
                                rings[19, k0, a:b], rings[18, k, a:b], rings[16, k0, a:b], rings[16, k0, a+1:b+1],
                                rings[10, k0, a:b], rings[2, k0, a:b], rings[4, k0, a:b], h[o, a:b], n[row, a:b],
                                mx[o, a:b], my[o, a:b], c, g_dt, thin)  # fmt: skip
            for p in range(narrow_start[row], narrow_start[row + 1]):  # once more, with less room for what comes in
                j = narrow_column[p]
                a, b, d = j, j + 1, c / openness[p]
                h[o, j], r[o, j], mx[o, j], my[o, j] = rings[21, 0, j], rings[22, 0, j], rings[23, 0, j], rings[24, 0, j]
                rings[10, k0, j] *= openness[p]  # the ground holds only what stands between the buildings
                update_depth(rings[13, k0, a:b], rings[13, k0, a+1:b+1], rings[17, k0, a:b], rings[17, k, a:b],
                             h[o, a:b], r[o, a:b], d)  # fmt: skip
                update_momentum(rings[15, k0, a:b], rings[14, k0, a+1:b+1], rings[20, k0, a:b], rings[20, k, a:b],
                                rings[19, k0, a:b], rings[18, k, a:b], rings[16, k0, a:b], rings[16, k0, a+1:b+1],
                                rings[10, k0, a:b], rings[2, k0, a:b], rings[4, k0, a:b], h[o, a:b], n[row, a:b],
                                mx[o, a:b], my[o, a:b], d, g_dt, thin)  # fmt: skip
            for p in range(source_start[row], source_start[row + 1]):
                j = source_column[p]
                delta = f32(source_rate[p] * dt) + r[o, j]
                before = h[o, j]
                h[o, j] = before + delta
                r[o, j] = delta - (h[o, j] - before)
            own = first <= row < last
            for p in range(ghost_start[row], ghost_start[row + 1]):
                j = ghost_column[p]
                if own:
                    outflow[row] += np.float64(h[o, j]) + np.float64(r[o, j])
                h[o, j] = r[o, j] = mx[o, j] = my[o, j] = f32(0.0)
            if own:
                for s in range(seg_start[band], seg_start[band + 1]):
                    keep_greatest(h[o, seg_lo[s] : seg_hi[s]], peak[row, seg_lo[s] : seg_hi[s]])


@vector_kernel
def row_speeds(h, mx, my, out, dry):  # type: ignore[no-untyped-def]
    """Speed of the fastest wave in each cell, m/s."""
    for j in range(h.shape[0]):
        d = max(h[j], dry)
        speed = max(abs(mx[j]), abs(my[j])) / d + np.sqrt(G * d) + f32(0.0) * (mx[j] + my[j])  # a NaN stays one
        out[j] = speed if h[j] > dry else f32(0.0)


@kernel
def fastest_wave(first, last, h, mx, my, seg_start, seg_lo, seg_hi, dry, ring, fastest):  # type: ignore[no-untyped-def]
    """Speed of the fastest wave of each row, m/s."""
    for i in range(first, last):
        band, most = i // BAND, np.int32(0)
        for s in range(seg_start[band], seg_start[band + 1]):
            a, b = seg_lo[s], seg_hi[s]
            row_speeds(h[i, a:b], mx[i, a:b], my[i, a:b], ring[a:b], f32(dry))
            most = max(most, greatest_bits(ring[a:b].view(np.int32)))
        fastest[i] = float_of(np.int32(most))
