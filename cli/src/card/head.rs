//! The YAML at the head of a card, by which Hugging Face finds a model and shows its licence.

use diffae::weights::Manifest;

/// Licences that Hugging Face knows by these names.
const KNOWN: [&str; 16] = [
    "mit",
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc0-1.0",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "cc-by-nd-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-nc-nd-4.0",
    "gpl-3.0",
    "lgpl-3.0",
    "agpl-3.0",
    "mpl-2.0",
    "openrail",
];

pub(super) fn head(manifest: &Manifest) -> String {
    let mut lines = vec!["---".to_owned()];
    let licence = manifest.licence.trim().to_lowercase();
    match KNOWN.contains(&licence.as_str()) {
        true => lines.push(format!("license: {licence}")),
        // The terms are a sentence, which stands in the card; what is asked for here is a name.
        false => {
            lines.push("license: other".to_owned());
            lines.push(format!(
                "license_name: {}-terms",
                identifier(&manifest.name)
            ));
        }
    }
    let autoencoder = manifest.config.encoder.is_some();
    let (task, tags): (_, &[&str]) = match autoencoder {
        true => (
            "image-to-image",
            &["diffae", "diffusion-autoencoder", "image-editing"],
        ),
        false => ("unconditional-image-generation", &["diffae", "ddpm"]),
    };
    lines.push("library_name: diffae".to_owned());
    lines.push(format!("pipeline_tag: {task}"));
    lines.push("tags:".to_owned());
    lines.extend(tags.iter().map(|tag| format!("- {tag}")));
    lines.push("---".to_owned());
    lines.join("\n")
}

/// A name of small letters, digits and hyphens, which YAML takes for a word.
fn identifier(name: &str) -> String {
    let letters = name.to_lowercase();
    let words = letters.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => "model".to_owned(),
        false => words.join("-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_identifier() {
        assert_eq!(identifier("My: Model #1"), "my-model-1");
        assert_eq!(identifier("顔"), "model");
    }
}
