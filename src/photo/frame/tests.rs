//! The cut-out square: where eyes land, that nothing aliases, what lies beyond the border.

use crate::config::Framing;
use crate::photo::{Eyes, Similarity, frame, prepare};
use crate::picture::Picture;

const FRAMING: Framing = Framing {
    eye_midpoint: [0.505, 0.49],
    eye_distance: 0.256,
};

fn photo(width: u32, height: u32, colour: impl Fn(f64, f64) -> [f64; 3]) -> Picture {
    let rgb: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| colour(f64::from(x) + 0.5, f64::from(y) + 0.5).map(|v| (v + 0.5) as u8))
        .collect();
    Picture::from_rgb(width, height, &rgb).expect("fits")
}

/// Where a colour channel is concentrated.
fn centroid(picture: &Picture, channel: usize) -> [f64; 2] {
    let mut sums = [0.0; 3];
    for (i, pixel) in picture.rgba().chunks_exact(4).enumerate() {
        let weight = f64::from(pixel[channel]);
        let (x, y) = (i as u32 % picture.width(), i as u32 / picture.width());
        sums[0] += weight * (f64::from(x) + 0.5);
        sums[1] += weight * (f64::from(y) + 0.5);
        sums[2] += weight;
    }
    [sums[0] / sums[2], sums[1] / sums[2]]
}

#[test]
fn marked_eyes_land_within_a_twentieth_of_a_pixel() {
    // A red left and a blue right eye, from enlarging by 2 to shrinking by 12, at odd turns.
    for (distance, turn) in [
        (8.3, 0.4_f64),
        (15.9, -1.1),
        (33.7, 2.9),
        (90.0, 0.77),
        (200.0, -0.3),
    ] {
        let (size, middle) = ((distance * 6.0) as u32, [distance * 3.07, distance * 2.91]);
        let half = [turn.cos() * distance / 2.0, turn.sin() * distance / 2.0];
        let eyes = Eyes {
            left: [middle[0] - half[0], middle[1] - half[1]],
            right: [middle[0] + half[0], middle[1] + half[1]],
        };
        let spread = 2.0 * (distance / 8.0_f64).powi(2);
        let spot = |x: f64, y: f64, [ex, ey]: [f64; 2]| {
            255.0 * (-((x - ex).powi(2) + (y - ey).powi(2)) / spread).exp()
        };
        let face = photo(size, size, |x, y| {
            [spot(x, y, eyes.left), 0.0, spot(x, y, eyes.right)]
        });
        let side = 64;
        let transform =
            Similarity::from_eyes(&eyes, &FRAMING, side, [size, size]).expect("good eyes");
        let framed = frame(&face, &transform, side).expect("frames");
        let wanted = Eyes::of(&FRAMING, side);
        for (found, wanted) in [
            (centroid(&framed, 0), wanted.left),
            (centroid(&framed, 2), wanted.right),
        ] {
            let apart = (found[0] - wanted[0]).hypot(found[1] - wanted[1]);
            assert!(
                apart < 0.05,
                "distance {distance}, turn {turn}: {found:?} against {wanted:?}"
            );
        }
    }
}

#[test]
fn a_fine_checkerboard_shrinks_to_flat_grey() {
    let board = photo(900, 900, |x, y| {
        [((x as u32 + y as u32) % 2 * 255).into(); 3]
    });
    for (size, turn) in [
        (250.0, 0.0),
        (250.0, 0.5),
        (333.3, 0.1),
        (600.0, 0.3),
        (880.0, 1.0),
    ] {
        let transform = Similarity::from_square([450.0, 450.0], size, turn, 64, [900, 900])
            .expect("good square");
        let framed = frame(&board, &transform, 64).expect("frames");
        let worst = framed.rgb().iter().map(|v| v.abs_diff(128)).max();
        assert!(
            worst <= Some(2),
            "size {size}, turn {turn}: off by {worst:?}"
        );
    }
}

#[test]
fn an_upright_square_equals_the_data_preparation() {
    let wavy = |x: f64, y: f64| {
        [
            x * 0.4,
            128.0 + 100.0 * (y * 0.11).sin(),
            128.0 + 120.0 * ((x - y) * 0.05).cos(),
        ]
    };
    // By the kernel alone, and through the resizer.
    for (size, tolerance) in [(200u32, 1), (512, 3)] {
        let picture = photo(size, size, wavy);
        let half = f64::from(size) / 2.0;
        let transform = Similarity::from_square([half, half], 2.0 * half, 0.0, 64, [size, size])
            .expect("good square");
        let framed = frame(&picture, &transform, 64).expect("frames").rgb();
        let prepared = prepare(&picture, 64).expect("prepares").rgb();
        // The border differs: there the preparation renormalizes where the frame mirrors.
        let inner = (0..framed.len()).filter(|i| {
            let (x, y) = (i / 3 % 64, i / 3 / 64);
            (2..62).contains(&x) && (2..62).contains(&y)
        });
        let worst = inner.map(|i| framed[i].abs_diff(prepared[i])).max();
        assert!(worst <= Some(tolerance), "{size}: off by {worst:?}");
    }
}

#[test]
fn the_photo_continues_mirrored_beyond_its_border() {
    let ramp = |x: f64, y: f64| [2.5 * x, 2.5 * y, 0.0];
    // Shrinking by 1 and, through the resizer, by 8 of a photo 8 times as large.
    for factor in [1.0, 8.0] {
        let size = (100.0 * factor) as u32;
        let picture = photo(size, size, |x, y| ramp(x / factor, y / factor));
        let check = |[x, y]: [f64; 2], pixels: [([usize; 2], [u8; 2]); 3]| {
            let centre = [x * factor, y * factor];
            let transform = Similarity::from_square(centre, 64.0 * factor, 0.0, 64, [size; 2])
                .expect("good square");
            let framed = frame(&picture, &transform, 64).expect("frames");
            for ([u, v], wanted) in pixels {
                let pixel = (v * 64 + u) * 4;
                let found = [framed.rgba()[pixel], framed.rgba()[pixel + 1]];
                assert!(
                    found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1),
                    "factor {factor}, ({u}, {v}) around ({x}, {y}): {found:?} against {wanted:?}"
                );
            }
        };
        // Around the lower left corner: inside, mirrored to the left, mirrored both ways.
        check(
            [0.0, 100.0],
            [
                ([42, 10], [26, 196]),
                ([21, 10], [26, 196]),
                ([21, 53], [26, 196]),
            ],
        );
        // Mostly beyond a border, so that most of what is seen lies outside the frame itself.
        check(
            [-20.0, 50.0],
            [
                ([10, 20], [104, 96]),
                ([40, 20], [29, 96]),
                ([60, 20], [21, 96]),
            ],
        );
        check(
            [50.0, 120.0],
            [
                ([20, 52], [96, 149]),
                ([20, 30], [96, 204]),
                ([20, 5], [96, 234]),
            ],
        );
    }
}

#[test]
fn tiny_photos_and_wide_frames_are_bounded() {
    let dot = photo(1, 1, |_, _| [9.0, 99.0, 199.0]);
    let transform = Similarity::from_square([0.5, 0.5], 60.0, 0.3, 16, [1, 1]).expect("square");
    let framed = frame(&dot, &transform, 16).expect("frames");
    assert_eq!(framed.rgb(), [9, 99, 199].repeat(256));
    let thread = photo(5000, 1, |_, _| [50.0; 3]);
    for (size, fits) in [(64.0, true), (65.0, false), (0.5, false)] {
        let transform =
            Similarity::from_square([9.0, 0.0], size, 1.0, 32, [5000, 1]).expect("square");
        let framed = frame(&thread, &transform, 32);
        assert_eq!(framed.is_ok(), fits, "{size}");
    }
    let error = frame(&thread, &transform, 0).expect_err("no pixels");
    assert!(error.to_string().contains("0 x 0"), "{error}");
    let broken = Similarity {
        rotation: f64::NAN,
        ..transform
    };
    let error = frame(&dot, &broken, 16).expect_err("NaN");
    assert!(error.to_string().contains("place"), "{error}");
}
