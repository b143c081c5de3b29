//! Text, tables and code as GitHub and Hugging Face read Markdown.

/// A text that is not to be read as anything but a text, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        let mut before = None;
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            // Within a word an underline is one.
            let within = [before, rest.peek().copied()]
                .into_iter()
                .all(|side| side.is_some_and(char::is_alphanumeric));
            if r"\`*[]<>|#~&".contains(c) || (c == '_' && !within) {
                line.push('\\');
            }
            line.push(c);
            before = Some(c);
        }
    }
    // What begins a list, a quotation's underline or a rule.
    if line.starts_with(['-', '+', '=']) {
        return format!("\\{line}");
    }
    // What begins a numbered list.
    let (first, _) = line.split_once(' ').unwrap_or((&line, ""));
    let number = first.strip_suffix(['.', ')']).unwrap_or_default();
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) {
        line.insert(number.len(), '\\');
    }
    line
}

/// A table, its header first; columns of figures to the right.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &[String], column: usize| escaped(row.get(column).map_or("", String::as_str));
    let line = |row: &[String]| {
        let cells = (0..columns).map(|column| cell(row, column));
        let cells = cells.map(|cell| match cell.is_empty() {
            true => " |".to_owned(),
            false => format!(" {cell} |"),
        });
        format!("|{}", cells.collect::<String>())
    };
    let is_figure = |row: &Vec<String>, column: usize| {
        let text = row.get(column).map_or("", String::as_str);
        text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit() || "+-−".contains(c))
    };
    let rules = (0..columns).map(|column| {
        let right = column > 0 && rows.iter().skip(1).all(|row| is_figure(row, column));
        if right { "---:" } else { "---" }
    });
    let rules = format!("|{}|", rules.collect::<Vec<_>>().join("|"));
    let mut lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    lines.insert(lines.len().min(1), rules);
    lines.join("\n")
}

/// A block of code, with a fence that the code itself does not hold.
pub(super) fn block(language: &str, code: &str) -> String {
    let mut fence = "```".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{code}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::row;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("a_b  |\n# <b> [x](y)"), r"a_b \| \# \<b\> \[x\](y)");
        assert_eq!(escaped("--- rule"), r"\--- rule");
        assert_eq!(escaped("_x_ __y __ &lt;"), r"\_x\_ \_\_y \_\_ \&lt;");
        assert_eq!(escaped("1. one"), r"1\. one");
        assert_eq!(escaped("20)"), r"20\)");
        assert_eq!(escaped("1.5 and 2. (3)"), "1.5 and 2. (3)");
        assert_eq!(block("sh", "a ``` b"), "````sh\na ``` b\n````");
    }

    #[test]
    fn figures_stand_to_the_right() {
        let rows = [
            row(["", "MSE", "by"]),
            row(["all|some", "0.1", "Young"]),
            row(["x", "-"]),
        ];
        let expected =
            "| | MSE | by |\n|---|---:|---|\n| all\\|some | 0.1 | Young |\n| x | \\- | |";
        assert_eq!(table(&rows), expected);
    }
}
