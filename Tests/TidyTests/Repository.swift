import Foundation

/// The repository as its own tests read it.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  struct SourceFile {
    let target: String
    let path: String
    let lines: [String]

    var name: String { String(path.split(separator: "/").last ?? "") }
    /// Lines without comments and text literals, so that prose may name what code may not.
    var codeLines: [String] { lines.map(Repository.withoutProse) }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  /// Every file under `folder` whose name ends in one of `suffixes`, by path.
  static func files(in folder: String, suffixes: [String]) throws -> [SourceFile] {
    try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder).sorted()
      .filter { path in suffixes.contains { path.hasSuffix($0) } }
      .map { path in
        let text = try text(folder + "/" + path)
        return SourceFile(
          target: String(path.split(separator: "/").first ?? ""), path: folder + "/" + path,
          lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
      }
  }

  static func withoutProse(_ line: String) -> String {
    let code = line.replacing(/"(\\.|[^"\\])*"/, with: "\"\"")
    return code.firstRange(of: "//").map { String(code[..<$0.lowerBound]) } ?? code
  }

  /// The modules that a file imports.
  static func imports(of file: SourceFile) -> [String] {
    let form = /\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(.+)/
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
    return file.codeLines.compactMap { line in
      guard let words = line.wholeMatch(of: form)?.output.1.split(separator: " "),
        let name = words.first(where: { !kinds.contains($0) })
      else { return nil }
      return name.split(separator: ".").first.map(String.init)
    }
  }
}
