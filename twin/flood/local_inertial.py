"""Local inertial flow: shallow water without advection, on a staggered grid.

Bates, Horritt & Fewtrell 2010 (doi:10.1016/j.jhydrol.2010.03.027); centred scheme of de Almeida, Bates, Freer & Souvignet
2012 (doi:10.1029/2011WR011570); friction by the norm of the unit discharge, de Almeida & Bates 2013
(doi:10.1002/wrcr.20366). Trust it up to a Froude number of about 0.5.

Arrays are float32 [rows, columns] with a frame (see `twin.flood.domain`). Positive unit discharge runs east and south.
A block of rows takes several steps at once on its own: it carries copies of its neighbours' border rows and recomputes
there what they compute, so threads meet once per several steps.
"""

from __future__ import annotations

import numpy as np

from twin.flood.faces import special_flux
from twin.flood.kernel import f32, kernel, power_seven_thirds, vector_kernel

BAND = 8
"""Rows of an active block; also the most steps taken at once, since wet ground grows by one cell per step at most."""
ABOVE, BELOW = 2, 3
"""Rows above and below that one step reaches."""


@vector_kernel
def face_flux(z_l, z_r, h_l, h_r, n_l, n_r, q_l, q, q_r, t_l0, t_r0, t_l1, t_r1, out, g_dt, inv_dx, theta, h_min):  # type: ignore[no-untyped-def]
    """Unit discharge on the faces between the left and right cells of a row, m²/s.

    ``z, h, n``: ground, depth, squared roughness left and right; ``q``: discharge before on this face and on its
    neighbours in the same direction; ``t``: on the four faces across, paired by side. Depths are taken relative to the left
    ground, so that nothing cancels at high elevations.

    Friction is linear about the discharge before, or about uniform flow where one step would lead from far below to far beyond
    it: thin water on a steep slope would else leave its cells by turns.
    """
    half = f32(0.5) * (f32(1.0) - theta)
    g_dt_dx = g_dt * inv_dx
    n_dt = f32(0.5) * g_dt
    for j in range(out.shape[0]):
        dz = z_r[j] - z_l[j]
        e_r = dz + h_r[j]
        h_flow = max(h_l[j], e_r) - max(f32(0.0), dz)
        q_t = f32(0.25) * ((t_l0[j] + t_r0[j]) + (t_l1[j] + t_r1[j]))
        q_bar = theta * q[j] + half * (q_l[j] + q_r[j])
        h = max(h_flow, h_min)
        p = power_seven_thirds(h)
        n_2 = n_dt * (n_l[j] + n_r[j])
        push = g_dt_dx * h * (e_r - h_l[j])
        free = q_bar - push
        across = q_t * q_t
        coming = min(f32(0.0625) * n_2 * (free * free + across), p * abs(push))
        friction = np.sqrt(n_2 * max(n_2 * (q[j] * q[j] + across), coming))
        value = (free * p + friction * q[j]) / (p + friction + friction)
        out[j] = value if h_flow > h_min else f32(0.0)


@vector_kernel
def outflow_limit(w, e, n, s, h, limit, c):  # type: ignore[no-untyped-def]
    """Share of the outflow that the water of each cell allows; ``c`` = time step / cell size."""
    zero = f32(0.0)
    for j in range(h.shape[0]):
        out = ((max(e[j], zero) + max(-w[j], zero)) + (max(s[j], zero) + max(-n[j], zero))) * c
        limit[j] = min(f32(1.0), h[j] / max(out, f32(1e-12)))


@vector_kernel
def update_depth(w, e, n, s, h, r, lim_w, lim, lim_e, lim_n, lim_s, qx, qy, c):  # type: ignore[no-untyped-def]
    """Limit the discharges, keep those of the west and north face, and add the balance to depth ``h`` with residual ``r``.

    ``h + r`` is the depth to about twice the digits (Kahan 1965, doi:10.1145/363707.363723): a drizzle on deep water counts.
    """
    zero = f32(0.0)
    for j in range(h.shape[0]):
        a = w[j] * (lim_w[j] if w[j] > zero else lim[j])
        b = e[j] * (lim[j] if e[j] > zero else lim_e[j])
        d = n[j] * (lim_n[j] if n[j] > zero else lim[j])
        u = s[j] * (lim[j] if s[j] > zero else lim_s[j])
        delta = c * ((a - b) + (d - u)) + r[j]
        v = h[j] + delta
        h_new = zero if v < zero else v  # a NaN stays one, to be found
        r[j] = delta - (h_new - h[j])
        h[j] = h_new
        qx[j] = a
        qy[j] = d


@vector_kernel
def keep_greatest(values, greatest):  # type: ignore[no-untyped-def]
    """Greatest value so far."""
    for j in range(values.shape[0]):
        greatest[j] = max(greatest[j], values[j])


@kernel
def advance_rows(  # type: ignore[no-untyped-def]
    first, last, top, bottom, at, steps, dt, inv_dx, theta, h_min,
    z, n, h, r, qx, qy, peak, seg_start, seg_lo, seg_hi, x_faces, y_faces, ghost_start, ghost_column, source_start,
    source_column, source_rate, narrow_start, narrow_column, openness, ring_x, ring_y, ring_l, outflow,
):  # fmt: skip
    """Take several steps on the rows ``first`` to ``last`` (excluded) of a domain of the rows ``top`` to ``bottom``.

    Within a step it goes down the rows once: fluxes of row i, limits of row i − 1, depths of row i − 2, so that a row stays
    in the cache, and in place.

    Parameters
    ----------
    at
        Where each row is kept: itself, or a copy for the rows beyond ``first`` and ``last``.
    seg_start, seg_lo, seg_hi
        Active columns of each band of rows, in whole blocks.
    x_faces, y_faces
        Faces with a law of their own, see `twin.flood.faces`.
    ghost_start, ghost_column
        Cells beyond an open face: what reaches them has left, and counts in ``outflow`` by row, m.
    source_start, source_column, source_rate
        Point sources, m/s.
    narrow_start, narrow_column, openness
        By row the active cells of which buildings leave only that share to the water.
    ring_x, ring_y, ring_l
        Working rows, [4, columns].
    """
    g_dt, c = f32(9.81 * dt), f32(dt * inv_dx)
    i_dx, th, hm = f32(inv_dx), f32(theta), f32(h_min)
    for step in range(steps):
        rest = steps - 1 - step
        begin = max(first - ABOVE * rest, top)
        end = min(last + BELOW * rest + 1, bottom)
        for i in range(begin - 1, end + 2):
            k = i & 3
            o, o_n, o_s = at[i], at[i - 1], at[i + 1]
            band, band_n = i // BAND, (i - 1) // BAND
            if band != band_n:
                for s in range(seg_start[band_n], seg_start[band_n + 1]):
                    ring_y[k, seg_lo[s] : seg_hi[s]] = f32(0.0)
            for s in range(seg_start[band], seg_start[band + 1]):
                a, b = seg_lo[s], seg_hi[s]
                face_flux(z[i, a-1:b-1], z[i, a:b], h[o, a-1:b-1], h[o, a:b], n[i, a-1:b-1], n[i, a:b],
                          qx[o, a-1:b-1], qx[o, a:b], qx[o, a+1:b+1],
                          qy[o, a-1:b-1], qy[o, a:b], qy[o_s, a-1:b-1], qy[o_s, a:b],
                          ring_x[k, a:b], g_dt, i_dx, th, hm)  # fmt: skip
                ring_x[k, b] = f32(0.0)
                face_flux(z[i-1, a:b], z[i, a:b], h[o_n, a:b], h[o, a:b], n[i-1, a:b], n[i, a:b],
                          qy[o_n, a:b], qy[o, a:b], qy[o_s, a:b],
                          qx[o_n, a:b], qx[o, a:b], qx[o_n, a+1:b+1], qx[o, a+1:b+1],
                          ring_y[k, a:b], g_dt, i_dx, th, hm)  # fmt: skip
            for p in range(x_faces[0][i], x_faces[0][i + 1]):
                j = x_faces[1][p]
                ring_x[k, j] = special_flux(x_faces, p, z[i, j-1], z[i, j], h[o, j-1], h[o, j], n[i, j-1], n[i, j],
                                            qx[o, j], ring_x[k, j], g_dt, i_dx, hm)  # fmt: skip
            for p in range(y_faces[0][i], y_faces[0][i + 1]):
                j = y_faces[1][p]
                ring_y[k, j] = special_flux(y_faces, p, z[i-1, j], z[i, j], h[o_n, j], h[o, j], n[i-1, j], n[i, j],
                                            qy[o, j], ring_y[k, j], g_dt, i_dx, hm)  # fmt: skip
            if i >= begin:
                band, k_n = (i - 1) // BAND, (i - 1) & 3
                for s in range(seg_start[band], seg_start[band + 1]):
                    a, b = seg_lo[s], seg_hi[s]
                    outflow_limit(ring_x[k_n, a:b], ring_x[k_n, a+1:b+1], ring_y[k_n, a:b], ring_y[k, a:b], h[o_n, a:b],
                                  ring_l[k_n, a:b], c)  # fmt: skip
                for p in range(narrow_start[i - 1], narrow_start[i]):
                    j = narrow_column[p]
                    out = max(ring_x[k_n, j + 1], f32(0.0)) + max(-ring_x[k_n, j], f32(0.0))
                    out += max(ring_y[k, j], f32(0.0)) + max(-ring_y[k_n, j], f32(0.0))
                    ring_l[k_n, j] = min(f32(1.0), openness[p] * h[o_n, j] / max(out * c, f32(1e-12)))
                for p in range(ghost_start[i - 1], ghost_start[i]):
                    ring_l[k_n, ghost_column[p]] = f32(1.0)
            if i >= begin + 2:
                row = i - 2
                o, band = at[row], row // BAND
                k0, k_n, k_s = row & 3, (row - 1) & 3, (row + 1) & 3
                for s in range(seg_start[band], seg_start[band + 1]):
                    a, b = seg_lo[s], seg_hi[s]
                    update_depth(ring_x[k0, a:b], ring_x[k0, a+1:b+1], ring_y[k0, a:b], ring_y[k_s, a:b], h[o, a:b], r[o, a:b],
                                 ring_l[k0, a-1:b-1], ring_l[k0, a:b], ring_l[k0, a+1:b+1], ring_l[k_n, a:b], ring_l[k_s, a:b],
                                 qx[o, a:b], qy[o, a:b], c)  # fmt: skip
                for p in range(narrow_start[row], narrow_start[row + 1]):  # as much water rises higher in less room
                    j = narrow_column[p]
                    east, south = ring_x[k0, j + 1], ring_y[k_s, j]
                    east *= ring_l[k0, j] if east > f32(0.0) else ring_l[k0, j + 1]
                    south *= ring_l[k0, j] if south > f32(0.0) else ring_l[k_s, j]
                    more = f32(1.0) / openness[p] - f32(1.0)
                    delta = c * more * ((qx[o, j] - east) + (qy[o, j] - south)) + r[o, j]
                    before = h[o, j]
                    h[o, j] = max(before + delta, f32(0.0))
                    r[o, j] = delta - (h[o, j] - before)
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
                    h[o, j] = r[o, j] = f32(0.0)
                if own:
                    for s in range(seg_start[band], seg_start[band + 1]):
                        a, b = seg_lo[s], seg_hi[s]
                        keep_greatest(h[o, a:b], peak[row, a:b])


@kernel
def copy_rows(at, begin, end, h, r, qx, qy):  # type: ignore[no-untyped-def]
    """Copy the rows ``begin`` to ``end`` (excluded) to where ``at`` keeps them."""
    for i in range(begin, end):
        o = at[i]
        for array in (h, r, qx, qy):
            for j in range(array.shape[1]):
                array[o, j] = array[i, j]
