//! The innermost part of a convolution, written out: what a thread keeps in registers and how it
//! multiplies. WGSL has neither macros nor a way to demand that a loop be unrolled, and accumulators
//! that a loop indexes may end up in memory.

use std::fmt::Write;

/// What a thread computes: `strip` neighbouring positions of `outs` vec4s of output channels, for a
/// kernel of side `kernel`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) strip: usize,
    pub(super) outs: usize,
    pub(super) kernel: usize,
}

impl Block {
    /// Declares the accumulators.
    pub(super) fn accumulators(self) -> String {
        let lines = self.names().into_iter();
        lines
            .map(|name| format!("    var {name} = vec4<f32>(0.0);\n"))
            .collect()
    }

    /// The accumulators as an array's elements, all positions of the first vec4 first.
    pub(super) fn sums(self) -> String {
        self.names().join(", ")
    }

    /// Adds what one row of taps of four input channels contributes: `p` is the strip's first
    /// position in the patch, `f` its filters' first row.
    pub(super) fn multiply(self) -> String {
        let mut text = String::new();
        for i in 0..self.strip + self.kernel - 1 {
            line(
                &mut text,
                &format!("let v{i} = vec4<f32>(patches[p + {i}u]);"),
            );
        }
        for tap in 0..self.kernel {
            for out in 0..self.outs {
                for channel in 0..4 {
                    let row = 4 * tap + channel;
                    let at = format!("f + {row}u * OUTS + {out}u * LANES");
                    let name = format!("f{tap}_{out}_{channel}");
                    line(
                        &mut text,
                        &format!("let {name} = vec4<f32>(filters[{at}]);"),
                    );
                }
                let filters: Vec<_> = (0..4).map(|c| format!("f{tap}_{out}_{c}")).collect();
                let filters = filters.join(", ");
                for i in 0..self.strip {
                    let (sum, value) = (name(out, i), i + tap);
                    let sum = format!("{sum} = multiply({sum}, v{value}, {filters});");
                    line(&mut text, &sum);
                }
            }
        }
        text
    }

    fn names(self) -> Vec<String> {
        let outs = 0..self.outs;
        outs.flat_map(|out| (0..self.strip).map(move |i| name(out, i)))
            .collect()
    }
}

fn name(out: usize, position: usize) -> String {
    format!("sum{out}_{position}")
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "                {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_meets_every_tap_once() {
        let block = Block {
            strip: 8,
            outs: 2,
            kernel: 3,
        };
        let text = block.multiply();
        assert_eq!(text.matches("multiply(").count(), 8 * 2 * 3);
        assert!(text.contains("sum1_7 = multiply(sum1_7, v9, f2_1_0, f2_1_1, f2_1_2, f2_1_3);"));
        assert!(text.contains("let f2_1_3 = vec4<f32>(filters[f + 11u * OUTS + 1u * LANES]);"));
        assert_eq!(block.sums().split(", ").count(), 16);
    }
}
