//! The networks that FID and LPIPS need, from files that are named.

use std::path::PathBuf;

use burn::tensor::Device;
use diffae::eval::networks::{ALEXNET, INCEPTION, Inception, LPIPS_HEADS, Lpips};

use super::report::arguments;
use crate::error::ToolError;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Networks")]
pub(super) struct LpipsArgs {
    /// torchvision's alexnet-owt-7be5be79.pth, for LPIPS
    #[arg(long, value_name = "FILE")]
    alexnet: Option<PathBuf>,
    /// weights/v0.1/alex.pth of the Python package lpips 0.1.4, for LPIPS
    #[arg(long, value_name = "FILE")]
    lpips_heads: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Networks")]
pub(super) struct InceptionArgs {
    /// pytorch-fid's pt_inception-2015-12-05-6726825d.pth, for FID
    #[arg(long, value_name = "FILE")]
    inception: Option<PathBuf>,
}

impl LpipsArgs {
    /// The network, if both files are named.
    pub(super) fn open(&self, device: &Device) -> Result<Option<Lpips>, ToolError> {
        let missing = |file, option| ToolError::NoNetwork {
            figure: "LPIPS",
            file,
            option,
        };
        match (&self.alexnet, &self.lpips_heads) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(missing(LPIPS_HEADS.name, "--lpips-heads")),
            (None, Some(_)) => Err(missing(ALEXNET.name, "--alexnet")),
            (Some(alexnet), Some(heads)) => Ok(Some(Lpips::open(alexnet, heads, device)?)),
        }
    }
}

impl InceptionArgs {
    pub(super) fn is_named(&self) -> bool {
        self.inception.is_some()
    }

    pub(super) fn open(&self, device: &Device) -> Result<Inception, ToolError> {
        let path = self.inception.as_ref().ok_or(ToolError::NoNetwork {
            figure: "FID",
            file: INCEPTION.name,
            option: "--inception",
        })?;
        Ok(Inception::open(path, device)?)
    }
}

/// The options that name the files of LPIPS, if it is measured.
pub(super) fn lpips_arguments(measured: bool) -> Vec<String> {
    match measured {
        false => Vec::new(),
        true => arguments([
            ("--alexnet", ALEXNET.name),
            ("--lpips-heads", LPIPS_HEADS.name),
        ]),
    }
}

/// What is said where LPIPS could have stood.
pub(super) const NO_LPIPS: &str = "LPIPS is left out: it needs alexnet-owt-7be5be79.pth and alex.pth of lpips 0.1.4, \
     named with --alexnet and --lpips-heads.";
