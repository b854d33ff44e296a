import JSONCoding
import Testing

@testable import whence

@Suite struct TerminalTests {
  let plain = Terminal(isInteractive: false, hasColour: false, width: 60)

  @Test func `colour needs a person, and no wish against it`() {
    func hasColour(_ environment: [String: String], _ isInteractive: Bool = true) -> Bool {
      Terminal(environment: environment, isInteractive: isInteractive, columns: nil).hasColour
    }
    #expect(hasColour(["TERM": "xterm"]) && hasColour(["NO_COLOR": ""]))
    #expect(!hasColour(["NO_COLOR": "1"]) && !hasColour([:], false) && !hasColour(["TERM": "dumb"]))
  }

  @Test func `the width is asked for, measured, or eighty, within reason`() {
    func width(_ environment: [String: String], _ columns: Int?) -> Int {
      Terminal(environment: environment, isInteractive: true, columns: columns).width
    }
    #expect(width(["COLUMNS": "100"], 90) == 100 && width([:], 90) == 90 && width([:], nil) == 80)
    #expect(width(["COLUMNS": "5"], nil) == 40 && width(["COLUMNS": "x"], 1000) == 120)
  }

  @Test func `a table aligns words to the left and numbers to the right`() {
    let table = plain.table(["name", "paid"], [["é", "5"], ["bob", "-12"]])
    #expect(table == "  name  paid\n  é        5\n  bob    -12\n")
  }

  @Test func `amounts in a column stand with their points below one another`() {
    let table = plain.table(["paid"], [["+0.0001"], ["-12"], ["3.5"], [""]])
    #expect(table == "      paid\n   +0.0001\n  -12\n    3.5\n\n")
  }

  @Test func `what acts on a terminal is written out, and JSON stays the same JSON`() throws {
    let evil = "a\u{1b}[31mred\u{9b}2J\u{202e}\u{7f}\u{2028}é👩‍👧\r"
    let text = #"a\u001b[31mred\u009b2J\u202e\u007f\u2028é👩‍👧\u000d"#
    #expect(evil.inOneLine == text && evil.inLines == text)
    #expect("a\n\tb".inOneLine == #"a\u000a\u0009b"# && "a\n\tb".inLines == "a\n\tb")
    let json = JSON.string("\u{9b}\u{202e}\u{e0041}")
    #expect(try JSON(parsing: json.text().inLines) == json && json.text().inLines != json.text())
    #expect(plain.table(["name"], [["x\nwhence: done"]]).contains(#"x\u000awhence"#))
  }

  @Test(arguments: [0, 0.5, 1])
  func `a bar fits its line`(fraction: Double) {
    for width in [40, 60, 120] {
      let line = ProgressBar.line("Training", fraction, note: "loss 1.25", width: width)
      #expect(line.count < width && line.contains("\(Int(fraction * 100)) %"))
    }
  }

  @Test func `a log gets a line at each quarter, a person a line that redraws`() {
    func output(interactive: Bool) -> String {
      var text = ""
      var terminal = plain
      terminal.isInteractive = interactive
      var bar = ProgressBar("Work", on: terminal) { text += $0 }
      for step in 0...100 { bar.update(Double(step) / 100) }
      bar.finish()
      return text
    }
    #expect(output(interactive: false) == "Work: 25 %\nWork: 50 %\nWork: 75 %\nWork: 100 %\n")
    let redrawn = output(interactive: true)
    #expect(redrawn.hasPrefix("\r") && redrawn.hasSuffix("\n") && redrawn.count { $0 == "\n" } == 1)
  }
}

@Suite struct DoctorTests {
  @Test func `the parts that this build uses work here`() async {
    // Tests that compute keep the two threads busy that a request's other end waits for.
    let http = await Examination.http(patience: .seconds(600))
    for finding in [Examination.rocksDB(), Examination.sodium(), http] {
      #expect(finding.verdict == .good, "\(finding.subject): \(finding.detail)")
    }
  }

  @Test func `one thing missing is enough for a bad verdict`() {
    let plain = Terminal(isInteractive: false, hasColour: false, width: 60)
    let good = report([.good("a", "1"), .warning("bb", "slow")], on: plain)
    #expect(good == "  ok       a   1\n  warning  bb  slow\n\nEverything needed is here.\n")
    #expect(
      report([.good("a", ""), .bad("b", "gone")], on: plain).contains("1 missing or broken."))
  }
}
