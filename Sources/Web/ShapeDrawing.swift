import Annotation
import Clinical

/// The shape of a level as inline SVG in a box of 48 by 48. Colours come from the style sheet by class, because the page
/// allows no inline styles and has a dark form.
struct ShapeDrawing {
    /// Markup of the outline, from constants only.
    let path: String
    let cssClass: String
    /// Height of the number's middle: a triangle has its room further down.
    let textY: String
    /// Smaller type for longer numbers.
    let sizeClass: String

    init(_ chip: Chip) {
        switch chip.shape {
        case .circle: path = "<circle cx=\"24\" cy=\"24\" r=\"22\"/>"
        case .triangle: path = "<path d=\"M24 3 47 45H1Z\"/>"
        case .diamond: path = "<path d=\"M24 1 47 24 24 47 1 24Z\"/>"
        case .octagon: path = "<path d=\"M15 2H33L46 15V33L33 46H15L2 33V15Z\"/>"
        case .none: path = "<rect x=\"3\" y=\"3\" width=\"42\" height=\"42\" rx=\"7\" fill=\"url(#hatch)\"/>"
        }
        let colour = chip.shape == .none ? "none" : chip.colour.rawValue
        cssClass = "c-" + colour + (chip.isIncomplete && chip.low != nil ? " incomplete" : "")
        textY = chip.shape == .triangle ? "33" : "25"
        sizeClass = "n\(min(max(chip.number.count, 1), 5))"
    }
}
