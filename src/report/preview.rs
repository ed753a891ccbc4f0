//! stub
use super::*;
use crate::pipeline::feed::Preview;
pub fn json(s: &Summary, p: &[Preview], _: &Reasons) -> serde_json::Value {
    let mut v = serde_json::to_value(s).unwrap_or_default();
    v["preview"] = p.iter().map(|p| serde_json::json!({"file": p.file, "row": p.row, "name": &*p.name, "body": serde_json::from_slice::<serde_json::Value>(&p.body).unwrap_or_default()})).collect();
    v
}
pub fn text(s: &Summary, _: &[Preview], r: &Reasons, c: bool) -> String {
    s.text(r, None, c)
}
