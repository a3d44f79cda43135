"""Many heads out of one: Colin27 warped, with other contrast, receive fields, fields of view, with and without its skull.

Usage: synthesise.py COLIN_FOLDER OUT [HEADS]. Writes OUT/{Training,Validation}/{images,grader/brain}/*.nii.gz for `mrnet data convert`.
Slices of source levels 92 to 118 are never used for training; 95 to 115 are the validation.
"""
import os, sys
import nibabel as nib, numpy as np
from scipy import ndimage as nd

source, out = sys.argv[1:3]
heads = int(sys.argv[3]) if len(sys.argv) > 3 else 100
rng = np.random.default_rng(3)
t1 = nib.load(f'{source}/t1.nii.gz').get_fdata(dtype=np.float32)
mask = nib.load(f'{source}/brain.nii.gz').get_fdata(dtype=np.float32) > 0
inside = nd.gaussian_filter(mask.astype(np.float32), 1.0)
distance = (nd.distance_transform_edt(~mask) - nd.distance_transform_edt(mask)).astype(np.float32)
side, per_head, held = 128, 12, (92, 118)


def smooth_field(shape, cells, amount):
    coarse = rng.normal(0, amount, (3, *cells))
    return np.stack([nd.zoom(c, np.array(shape) / np.array(cells), order=3) for c in coarse])


def coordinates(level, width, height, head):
    """Source voxels of the pixels of an axial slice, through the head's turn, size and warp."""
    x, y = np.meshgrid((np.arange(side) + .5) / side - .5, (np.arange(side) + .5) / side - .5, indexing='ij')
    p = np.stack([x * width + head['shift'][0], y * height + head['shift'][1], np.full_like(x, level)])
    p = np.tensordot(head['turn'], p, 1) * head['size'][:, None, None]
    p += np.array([90., 108., 90.])[:, None, None]
    warp = [nd.map_coordinates(w, p / 24, order=1, mode='nearest') for w in head['warp']]
    return p + np.stack(warp)


def new_head(stripped):
    a, b, c = np.radians(rng.normal(0, [7, 4, 5]))
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return dict(turn=rx @ ry @ rz, size=rng.uniform(.88, 1.14, 3), shift=rng.uniform(-14, 14, 2),
                warp=rng.normal(0, 3.5, (3, 9, 10, 9)), stripped=stripped, cleaned=rng.uniform(.02, .1) if rng.random() < .6 else 0, noise=rng.uniform(.005, .03), grain=rng.uniform(.01, .09))


def looks(stripped):
    """Grey values of tissue: a brain curve and a curve for the rest, each through random knots."""
    white, grey = rng.uniform(.6, 1), rng.uniform(.4, .95)
    grey = grey * white if rng.random() < .85 else white / grey
    fluid = rng.uniform(.05, .6) * min(grey, white)
    brain = lambda v: np.interp(v, [0, 45, 85, 113, 180, 255], [0, fluid, grey, white, white * 1.1, white * 1.3])
    fat, muscle = rng.uniform(.25, 1.7), rng.uniform(.15, .8)
    dim = rng.uniform(.2, .75) if rng.random() < .6 else 1  # fat suppressed, or far from the coil
    rest = lambda v: dim * np.interp(v, [0, 20, 60, 110, 180, 255], [0, .06, muscle * .8, muscle, fat, fat * 1.2])
    return brain, rest


def field():
    x, y = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side), indexing='ij')
    c = rng.normal(0, .22, 5)
    middle = rng.uniform(0, 1.6) if rng.random() < .55 else 0
    at = rng.uniform(-.4, .4, 2)
    return np.exp(c[0] * x + c[1] * y + c[2] * x * y + c[3] * x * x + c[4] * y * y) * (1 + middle * np.exp(-((x - at[0])**2 + (y - at[1])**2) / rng.uniform(.08, .35)))


def slice_of(p, head, curves, bias, edge, plain):
    order = dict(order=1, mode='constant')
    value, within, far = (nd.map_coordinates(v, p, cval=c, **order) for v, c in ((t1, 0), (inside, 0), (distance, 60)))
    if not plain:
        value = value * 1
        brain, rest = curves
        value = within * brain(value) + (1 - within) * rest(value)
        value *= bias
    else:
        value = value / 180
    if head['stripped']:
        rough = nd.zoom(rng.normal(0, 1.0, (16, 16)), side / 16, order=1)
        value = np.where(far > edge + rough, 0, value)
        if head['cleaned'] == 0:
            value = value + np.abs(rng.normal(0, head['noise'] / 2, value.shape))
    else:
        value = value + np.abs(rng.normal(0, head['noise'], value.shape))
        value = np.where(value < head['cleaned'], 0, value)
    return value * (1 + rng.normal(0, head['grain'], value.shape)), far <= 0


def save(split, name, images, masks):
    for folder, data, kind in (('images', images, np.float32), ('grader/brain', masks, np.uint8)):
        os.makedirs(f'{out}/{split}/{folder}', exist_ok=True)
        nib.save(nib.Nifti1Image(np.stack(data, -1).astype(kind), np.diag([1.8, 1.8, 1, 1])), f'{out}/{split}/{folder}/{name}.nii.gz')


for number in range(heads):
    head = new_head(stripped=number % 4 == 1)
    tight = head['stripped'] and rng.random() < .7
    width, height = (rng.uniform(145, 200), rng.uniform(170, 225)) if tight else (rng.uniform(165, 270), rng.uniform(200, 280))
    if tight:
        head['shift'] /= 2
    curves, plain, edge = looks(head['stripped']), rng.random() < .2, rng.uniform(-.5, 3)
    bias, images, masks = field(), [], []
    while len(images) < per_head:
        p = coordinates(rng.uniform(-88, -20) if rng.random() < .5 else rng.uniform(-88, 75), width, height, head)
        near = (np.abs(p[0] - 90) < 75) & (np.abs(p[1] - 108) < 95)
        if not near.any() or ((p[2] > held[0]) & (p[2] < held[1]) & near).any():
            continue
        image, marked = slice_of(p, head, curves, bias, edge, plain)
        if not marked.any() and rng.random() < .7:
            continue
        images.append(image)
        masks.append(marked)
    images = np.stack(images, -1)
    top = np.percentile(images, 99.7)
    # vessels after contrast, or fat: a few pixels far brighter than all else, which the percentiles see
    hot = rng.random() < .4
    if hot:
        spots = nd.gaussian_filter(rng.normal(0, 1, images.shape), [1, 1, 0]) > .8
        images = np.where(spots & (images > .1 * top), images + top * rng.uniform(.2, .8), images)
    save('Training', f'head{number:03}', list(np.moveaxis(images, -1, 0)), masks)

slab = slice(95, 116)
for name, image in (('slab', t1), ('slab-stripped', np.where(distance > 1, 0, t1))):
    save('Validation', name, list(np.moveaxis(image[:, :, slab], -1, 0)), list(np.moveaxis(mask[:, :, slab], -1, 0)))
