import Testing

@testable import Benchmarks

@Suite struct FigureSheetTests {
  @Test func `a figure is the median of its repeats, and their spread stands beside it`() {
    var told: [String] = []
    var sheet = FigureSheet { told.append($0.name) }
    sheet.add("share", [0.3, .nan, 0.1, 0.2, 0.9], "of something")
    #expect(told == ["share", "share_low", "share_high"])
    #expect(sheet.figures.map(\.value) == [0.3, 0.1, 0.9])
  }

  @Test func `what was never measured is no figure`() {
    var sheet = FigureSheet { _ in }
    sheet.add("share", [.nan, .infinity], "of something")
    #expect(sheet.figures.isEmpty)
  }
}
