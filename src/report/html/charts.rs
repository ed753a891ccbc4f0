//! Charts as SVG, by plain functions: columns, lines and the flow from input to outcome. They scale with the page, take
//! their colours from its style, and have a name for those who do not see them.

use std::fmt::Write as _;

use super::text::escaped;
use crate::report::paint::thousands;

/// Everything is drawn this wide, in units that are pixels on a phone.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 190.0;
/// Room for the labels of the axes.
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// Values of one kind.
pub struct Series {
    /// What they are.
    pub name: String,
    /// Their colour, by a class of the style.
    pub class: &'static str,
    /// One a place.
    pub values: Vec<f64>,
}

/// What is drawn.
pub struct Chart<'a> {
    /// What it shows, in words: its name for those who do not see it.
    pub title: &'a str,
    /// The figures, for those who do not see them.
    pub desc: String,
    /// On top of each other in columns, side by side as lines.
    pub series: Vec<Series>,
    /// What stands below each place.
    pub labels: Vec<String>,
}

impl Chart<'_> {
    /// Columns, the series on top of each other.
    pub fn columns(&self) -> String {
        let sums =
            (0..self.labels.len()).map(|at| self.series.iter().map(|one| value(one, at)).sum());
        let top = nice(sums.fold(0.0, f64::max));
        let mut svg = self.begin(top);
        let wide = (WIDTH - LEFT) / self.labels.len().max(1) as f64;
        let gap = if wide > 6.0 { wide * 0.2 } else { 0.0 };
        for at in 0..self.labels.len() {
            let mut below = HEIGHT - BOTTOM;
            for one in &self.series {
                let high = value(one, at) / top * (HEIGHT - BOTTOM - TOP);
                if high <= 0.0 {
                    continue;
                }
                // What happened once among thousands is still seen.
                let high = high.max(1.0);
                below -= high;
                let _ = write!(
                    svg,
                    r#"<rect class="{}" x="{:.1}" y="{below:.1}" width="{:.1}" height="{high:.1}"/>"#,
                    one.class,
                    LEFT + wide * at as f64 + gap / 2.0,
                    (wide - gap).max(0.8),
                );
            }
        }
        svg.push_str("</svg>");
        self.with_legend(svg)
    }

    /// Lines from place to place.
    pub fn lines(&self) -> String {
        let all = self
            .series
            .iter()
            .flat_map(|one| one.values.iter().copied());
        let top = nice(all.fold(0.0, f64::max));
        let mut svg = self.begin(top);
        let wide = (WIDTH - LEFT) / self.labels.len().max(1) as f64;
        for one in &self.series {
            let _ = write!(svg, r#"<polyline class="{}" points=""#, one.class);
            for at in 0..self.labels.len() {
                let y = HEIGHT - BOTTOM - value(one, at) / top * (HEIGHT - BOTTOM - TOP);
                let _ = write!(svg, "{:.1},{y:.1} ", LEFT + wide * (at as f64 + 0.5));
            }
            svg.truncate(svg.trim_end().len());
            svg.push_str(r#""/>"#);
        }
        svg.push_str("</svg>");
        self.with_legend(svg)
    }

    /// The name, the axes and what stands beside them.
    fn begin(&self, top: f64) -> String {
        let mut svg = start(self.title, &self.desc, HEIGHT);
        for share in [0.0, 0.5, 1.0] {
            let y = HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
            let _ = write!(
                svg,
                r#"<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}"/><text class="axis" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                y + 4.0,
                short(top * share)
            );
        }
        let places = self.labels.len();
        let wide = (WIDTH - LEFT) / places.max(1) as f64;
        let all = shown(&self.labels);
        // On a phone letters are larger, and every second label has to go.
        let is_tight = all.len() == places && letters(&self.labels) > 44;
        for at in all.iter().copied() {
            let middle = LEFT + wide * (at as f64 + 0.5);
            // Where all have their label, each stands below its place; else the outer ones must not leave the picture.
            let (x, anchor) = match at {
                _ if all.len() == places => (middle, "middle"),
                0 => (LEFT, "start"),
                at if at + 1 == places => (WIDTH, "end"),
                _ => (middle, "middle"),
            };
            let odd = if is_tight && at % 2 == 1 { " odd" } else { "" };
            let _ = write!(
                svg,
                r#"<text class="axis{odd}" x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
                HEIGHT - 6.0,
                escaped(&self.labels[at])
            );
        }
        svg
    }

    fn with_legend(&self, mut svg: String) -> String {
        let named: Vec<&Series> = self
            .series
            .iter()
            .filter(|one| self.series.len() > 1 && one.values.iter().any(|value| *value > 0.0))
            .collect();
        if named.is_empty() {
            return svg;
        }
        svg.push_str(r#"<ul class="legend">"#);
        for one in named {
            let _ = write!(
                svg,
                r#"<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{}" width="10" height="10"/></svg>{}</li>"#,
                one.class,
                escaped(&one.name)
            );
        }
        svg.push_str("</ul>");
        svg
    }
}

/// Where responses went: `(name, class, count)`, those of none left out. `source` is what they came from, line by line.
pub fn flow(title: &str, total: u64, source: &[String], outcomes: &[(&str, &str, u64)]) -> String {
    const THICK: f64 = 180.0;
    const SLOT: f64 = 26.0;
    let there: Vec<_> = outcomes.iter().filter(|one| one.2 > 0).collect();
    let thick = |count: u64| (count as f64 / total.max(1) as f64 * THICK).clamp(2.0, THICK);
    let all: f64 = there.iter().map(|one| thick(one.2)).sum();
    let high: f64 = there.iter().map(|one| thick(one.2).max(SLOT) + 6.0).sum();
    let height = high.max(110.0);
    let mut svg = start(title, "", height);
    let mut left = (height - all) / 2.0;
    let mut slot = (height - high) / 2.0;
    for (name, class, count) in there {
        let wide = thick(*count);
        let room = wide.max(SLOT) + 6.0;
        let right = slot + (room - wide) / 2.0;
        let _ = write!(
            svg,
            r#"<path class="{class} band" d="M146 {left:.1}C180 {left:.1} 180 {right:.1} 214 {right:.1}V{:.1}C180 {:.1} 180 {:.1} 146 {:.1}Z"/>"#,
            right + wide,
            right + wide,
            left + wide,
            left + wide
        );
        let _ = write!(
            svg,
            r#"<rect class="{class}" x="214" y="{right:.1}" width="8" height="{wide:.1}"/><text x="230" y="{:.1}">{} {}</text>"#,
            right + wide / 2.0 + 4.5,
            thousands(*count),
            escaped(name)
        );
        left += wide;
        slot += room;
    }
    let _ = write!(
        svg,
        r#"<rect class="none" x="138" y="{:.1}" width="8" height="{:.1}"/>"#,
        (height - all) / 2.0,
        all.max(2.0)
    );
    let first = height / 2.0 - (source.len() as f64 - 1.0) * 9.0;
    let _ = write!(
        svg,
        r#"<text class="big" x="130" y="{:.1}" text-anchor="end">{}</text>"#,
        first - 10.0,
        thousands(total)
    );
    for (line, text) in source.iter().enumerate() {
        let _ = write!(
            svg,
            r#"<text class="axis flow" x="130" y="{:.1}" text-anchor="end">{}</text>"#,
            first + 8.0 + 17.0 * line as f64,
            escaped(text)
        );
    }
    svg.push_str("</svg>");
    svg
}

fn start(title: &str, desc: &str, height: f64) -> String {
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {height:.1}" role="img"><title>{}</title>"#,
        escaped(title)
    );
    if !desc.is_empty() {
        let _ = write!(svg, "<desc>{}</desc>", escaped(desc));
    }
    svg
}

/// The figures of a series in words: all of few, else the first, the greatest and the last.
pub fn told(labels: &[String], values: &[f64]) -> String {
    let pairs: Vec<(&String, f64)> = labels.iter().zip(values.iter().copied()).collect();
    let one = |(label, value): &(&String, f64)| format!("{label}: {}", trimmed(*value));
    if pairs.len() <= 16 {
        let all: Vec<String> = pairs.iter().map(one).collect();
        return all.join(", ");
    }
    let greatest = pairs.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    match (pairs.first(), greatest, pairs.last()) {
        (Some(first), Some(most), Some(last)) => format!(
            "from {} to {}, most at {}",
            one(first),
            one(last),
            one(most)
        ),
        _ => String::new(),
    }
}

fn value(series: &Series, at: usize) -> f64 {
    series.values.get(at).copied().unwrap_or(0.0)
}

/// Which labels there is room for: all, or the first, the middle and the last.
fn shown(labels: &[String]) -> Vec<usize> {
    match labels.len() {
        count if letters(labels) <= 58 => (0..count).collect(),
        2 => vec![0, 1],
        count => vec![0, count / 2, count - 1],
    }
}

/// What all labels take, each with the room of the longest.
fn letters(labels: &[String]) -> usize {
    let longest = labels.iter().map(|label| label.chars().count()).max();
    labels.len() * (longest.unwrap_or(0) + 1)
}

/// The next number that an axis ends at well; never 0.
fn nice(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(most.log10().floor());
    let ends = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    let end = ends.into_iter().find(|end| end * power >= most);
    end.unwrap_or(10.0) * power
}

/// A number beside an axis.
fn short(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        1e6.. => format!("{}M", trimmed(number / 1e6)),
        1e4.. => format!("{}k", trimmed(number / 1e3)),
        _ => trimmed(number),
    }
}

fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (most, expected) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (3.0, 4.0),
            (41.0, 60.0),
            (999.0, 1000.0),
            (0.3, 0.4),
        ] {
            assert!(
                (nice(most) - expected).abs() < 1e-9,
                "{most}: {}",
                nice(most)
            );
        }
        assert_eq!(short(0.5), "0.5");
        assert_eq!(short(20_000.0), "20k");
        assert_eq!(short(1_500_000.0), "1.5M");
    }

    #[test]
    fn an_empty_chart_is_drawn_too() {
        let chart = Chart {
            title: "<&>",
            desc: String::new(),
            series: Vec::new(),
            labels: Vec::new(),
        };
        for svg in [chart.columns(), chart.lines(), flow("none", 0, &[], &[])] {
            assert!(
                svg.ends_with("</svg>") && !svg.contains("NaN") && !svg.contains("<&"),
                "{svg}"
            );
        }
    }

    #[test]
    fn what_is_rare_is_still_seen() {
        let svg = flow(
            "f",
            1_000_000,
            &[],
            &[
                ("uploaded", "good", 999_999),
                ("failed", "bad", 1),
                ("gone", "bad", 0),
            ],
        );
        assert!(svg.contains("1 failed") && !svg.contains("gone"), "{svg}");
    }
}
