//! What is known about the published checkpoints beyond their tensors: where they come from, what
//! their training data allows, and where in a picture they expect the eyes.

use diffae::config::Framing;

/// What goes into a manifest unless the command line says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Origin {
    pub(crate) licence: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) framing: Option<Framing>,
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

/// What is known about a configuration by its name.
pub(crate) fn of_preset(name: &str) -> Option<Origin> {
    let official = |data, licence, framing| {
        Some(Origin {
            licence,
            origin: data,
            framing,
        })
    };
    let name = name.strip_prefix("pretrain_").unwrap_or(name);
    if name == "portrait64" {
        return Some(Origin {
            licence: CELEBA_LICENCE,
            origin: "portrait64, trained for this project on 9,500 pictures of CelebA at 64 x 64; its \
                z_sem saw attribute labels during training, unlike the paper's.",
            framing: Some(PORTRAIT_FRAMING),
        });
    }
    if name == "portrait128" {
        return Some(Origin {
            licence: "For non-commercial research only: trained on CelebA and LFW, whose pictures may be used for \
                nothing else.",
            origin: "portrait128, trained for this project on 14,739 faces of LFW and CelebA at 128 x 128 and 9,000 of \
                CelebA at half that size; its z_sem saw attribute labels during training, unlike the paper's.",
            framing: Some(PORTRAIT_FRAMING),
        });
    }
    if name.starts_with("ffhq") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on FFHQ.",
            FFHQ_LICENCE,
            Some(FFHQ_FRAMING),
        );
    }
    if name.starts_with("horse") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on LSUN Horse.",
            LSUN_LICENCE,
            None,
        );
    }
    if name.starts_with("bedroom") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on LSUN Bedroom.",
            LSUN_LICENCE,
            None,
        );
    }
    if name.starts_with("celeba64") {
        return official(
            "Official checkpoints of phizaz/diffae (code under the MIT licence), trained on CelebA.",
            CELEBA_LICENCE,
            None,
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_configuration_has_an_origin() {
        for name in diffae::config::PRESETS {
            let known = of_preset(name).is_some();
            assert!(known, "{name}");
        }
        assert_eq!(of_preset("my_own"), None);
    }
}
