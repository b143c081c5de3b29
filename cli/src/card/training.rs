//! How a model was trained, from the directories that `diffae train` left.

use std::path::{Path, PathBuf};

use diffae::config::ModelConfig;
use diffae::train::journal::{self, Line};
use diffae::train::{Directory, Recipe, Run, Stage};
use diffae::weights::Manifest;
use serde_json::Value;

use super::markdown::{escaped, table};
use crate::error::ToolError;
use crate::table::grouped;

/// A run and the last line of its journal.
struct Told {
    name: &'static str,
    run: Run,
    last: Line,
}

/// A table with a column for each run, and what each was trained on.
pub(super) fn section(runs: &[PathBuf], manifest: &Manifest) -> Result<String, ToolError> {
    if runs.is_empty() {
        return Ok(String::new());
    }
    let told: Result<Vec<Told>, ToolError> = runs.iter().map(|path| read(path, manifest)).collect();
    let told = told?;
    let row = |name: &str, value: &dyn Fn(&Told) -> String| -> Vec<String> {
        let cells = told.iter().map(value);
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let mut rows = vec![
        row("", &|told| told.name.to_owned()),
        row("samples seen", &|told| grouped(told.last.samples)),
        row("steps", &|told| {
            let (taken, all) = (told.last.steps, told.run.recipe.steps());
            match taken == all {
                true => grouped(taken),
                false => format!("{} of {}", grouped(taken), grouped(all)),
            }
        }),
        row("loss in the end", &|told| {
            let terms = told.last.loss.iter();
            let terms: Vec<String> = terms.map(|(name, v)| format!("{name} {v:.4}")).collect();
            terms.join(", ")
        }),
    ];
    let recipes: Vec<Value> = told.iter().map(recipe).collect();
    let fields = recipes.iter().filter_map(Value::as_object).next();
    for field in fields.into_iter().flat_map(|recipe| recipe.keys()) {
        let cells = recipes
            .iter()
            .map(|recipe| setting(&recipe[field.as_str()]));
        rows.push(std::iter::once(field.clone()).chain(cells).collect());
    }
    let mut text = format!(
        "## Training\n\nBy `diffae train`, one column a stage. Below the losses stands the recipe, as `--recipe` takes it.\n\n{}\n",
        table(&rows)
    );
    for Told { name, run, .. } in &told {
        text.push_str(&format!("\n- {name}: {}", escaped(&run.data)));
    }
    Ok(text)
}

fn read(path: &Path, manifest: &Manifest) -> Result<Told, ToolError> {
    let run = Directory::read_run(path)?.ok_or_else(|| ToolError::NoRun {
        path: path.to_owned(),
    })?;
    if !fits(run.stage, &run.config, &manifest.config) {
        return Err(ToolError::AnotherConfiguration {
            path: path.to_owned(),
            trained: run.config.name,
            model: manifest.config.name.clone(),
        });
    }
    let last = journal::read(path)?.pop();
    let last = last.ok_or_else(|| ToolError::NoJournal {
        path: path.to_owned(),
    })?;
    let name = match run.stage {
        Stage::Autoencoder if run.config.encoder.is_none() => "ddpm",
        Stage::Autoencoder => "autoencoder",
        Stage::Latent => "latent",
        Stage::Classifier => "classifier",
    };
    Ok(Told { name, run, last })
}

/// A run's recipe, as far as it had a part in it.
fn recipe(told: &Told) -> Value {
    // As text first: a number of single precision would otherwise show that it is one.
    let text = serde_json::to_string(&told.run.recipe).unwrap_or_default();
    let mut recipe: Value = serde_json::from_str(&text).unwrap_or_default();
    if told.run.stage != Stage::Autoencoder {
        for field in Recipe::OF_PICTURES {
            recipe[field] = Value::String(String::new());
        }
    }
    recipe
}

/// Whether what a stage trained can be a part of a model: published configurations have other names, and other parts, for
/// the stages of one model.
fn fits(stage: Stage, trained: &ModelConfig, model: &ModelConfig) -> bool {
    let decoder = |config: &ModelConfig| ModelConfig {
        name: String::new(),
        latent: None,
        attributes: Vec::new(),
        ..config.clone()
    };
    match stage {
        Stage::Autoencoder => decoder(trained) == decoder(model),
        Stage::Latent => {
            trained.latent == model.latent
                && trained.timesteps == model.timesteps
                && trained.style_channels() == model.style_channels()
        }
        Stage::Classifier => trained.style_channels() == model.style_channels(),
    }
}

/// A field of a recipe as a cell.
fn setting(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => "no".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(setting).collect();
            values.join(", ")
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields: Vec<String> = fields
                .map(|(name, value)| format!("{name} {}", setting(value)))
                .collect();
            fields.join(", ")
        }
        // A seed may have more digits than a float; a float is not to show that it is one.
        Value::Number(number) => match number.as_u64() {
            Some(number) => number.to_string(),
            None => number.as_f64().unwrap_or_default().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_their_digits_and_no_others() {
        let cells =
            [json!(u64::MAX), json!(1.0), json!(1e-4), json!([0.9, 0])].map(|v| setting(&v));
        assert_eq!(cells, ["18446744073709551615", "1", "0.0001", "0.9, 0"]);
    }
}
