//! What is known about the published checkpoints beyond their tensors: where they come from, what
//! their training data allows, and where in a picture they expect the eyes.

use crate::config::Framing;

/// What a manifest says of published weights unless whoever converts them says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Origin {
    /// Terms of use.
    pub licence: &'static str,
    /// Who trained the weights, and on what.
    pub origin: &'static str,
}

/// Faces cut as FFHQ was; measured on faces of that cut.
const FFHQ_FRAMING: Framing = Framing {
    eye_midpoint: [0.5, 0.48],
    eye_distance: 0.234,
};

/// Faces cut as those of the portraits were.
const PORTRAIT_FRAMING: Framing = Framing {
    eye_midpoint: [32.3 / 64.0, 31.4 / 64.0],
    eye_distance: 16.4 / 64.0,
};

const FFHQ_LICENCE: &str = "For non-commercial use only: trained on FFHQ (CC BY-NC-SA 4.0), an \
    attribute classifier on CelebA-HQ (non-commercial research); check the terms of both data sets.";
const LSUN_LICENCE: &str = "The official code is under the MIT licence; the weights were trained on \
    LSUN, so check the terms of that data set.";
const CELEBA_LICENCE: &str = "For non-commercial research only: trained on CelebA, whose pictures \
    may be used for nothing else.";

/// Where a configuration expects the eyes, by its name.
pub fn framing(name: &str) -> Option<Framing> {
    match name.strip_prefix("pretrain_").unwrap_or(name) {
        "portrait64" | "portrait128" => Some(PORTRAIT_FRAMING),
        name if name.starts_with("ffhq") => Some(FFHQ_FRAMING),
        _ => None,
    }
}

/// What is known about a configuration's published weights by its name. Those of portrait128 are converted from states of
/// training, of which whoever trained them says this.
pub fn of_preset(name: &str) -> Option<Origin> {
    let official = |origin, licence| Some(Origin { licence, origin });
    let name = name.strip_prefix("pretrain_").unwrap_or(name);
    if name == "portrait64" {
        return Some(Origin {
            licence: CELEBA_LICENCE,
            origin: "portrait64, trained for this project on 9,500 pictures of CelebA at 64 x 64; its \
                z_sem saw attribute labels during training, unlike the paper's.",
        });
    }
    if name.starts_with("ffhq") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on FFHQ.",
            FFHQ_LICENCE,
        );
    }
    if name.starts_with("horse") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on LSUN Horse.",
            LSUN_LICENCE,
        );
    }
    if name.starts_with("bedroom") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on LSUN Bedroom.",
            LSUN_LICENCE,
        );
    }
    if name.starts_with("celeba64") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on CelebA.",
            CELEBA_LICENCE,
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_published_weights_have_an_origin() {
        for name in crate::config::PRESETS {
            let known = of_preset(name).is_some();
            assert_eq!(known, name != "portrait128", "{name}");
        }
        assert!(framing("portrait128").is_some());
        assert_eq!(of_preset("my_own"), None);
    }
}
