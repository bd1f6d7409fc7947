import FHIR
import Testing

@Suite struct JSONPointerTests {
    /// RFC 6901 section 5: the document and its evaluations.
    static let document = #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#

    @Test(arguments: [
        ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
        ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"), ("", document),
    ])
    func evaluates(_ text: String, _ expected: String) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(try JSON(parsing: Self.document)[pointer]?.description == expected)
        #expect(pointer.description == text)
    }

    @Test(arguments: [
        "/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/-1", "/foo/a", "/foo/0/x", "/foo/99999999999999999999",
    ])
    func namesNothing(_ text: String) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(try JSON(parsing: Self.document)[pointer] == nil)
    }

    @Test(arguments: ["foo", "#/foo", "/a~", "/a~2b", "~0"]) func refuses(_ text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func isBuiltFromKeysAndPositions() {
        #expect(JSONPointer.root.appending("entry").appending(3).appending("a/b~c").description == "/entry/3/a~1b~0c")
        #expect(JSONPointer.root.description == "")
        #expect(("/entry/0" as JSONPointer).tokens == ["entry", "0"])
    }
}
