import Clinical
import Testing
import UCUM

@Suite("Conversions") struct ConversionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var value: String
        var source: String
        var target: String
        var expected: String

        init(_ value: String, _ source: String, _ target: String, _ expected: String) {
            (self.value, self.source, self.target, self.expected) = (value, source, target, expected)
        }

        var testDescription: String { "\(value) \(source) = \(expected) \(target)" }
    }

    /// NIST Special Publication 811 (2008), appendix B.8, as printed there.
    static let nist: [Case] = [
        Case("1", "[in_i]", "m", "2.54E-02"), Case("1", "[ft_i]", "m", "3.048E-01"), Case("1", "[yd_i]", "m", "9.144E-01"),
        Case("1", "[mi_i]", "m", "1.609344E+03"), Case("1", "[nmi_i]", "m", "1.852E+03"),
        Case("1", "[ft_us]", "m", "3.048006E-01"),
        Case("1", "Ao", "m", "1.0E-10"), Case("1", "pc", "m", "3.085678E+16"), Case("1", "[ly]", "m", "9.46073E+15"),
        Case("1", "b", "m2", "1.0E-28"), Case("1", "[acr_us]", "m2", "4.046873E+03"), Case("1", "ar", "m2", "1.0E+02"),
        Case("1", "[lb_av]", "kg", "4.535924E-01"), Case("1", "[oz_av]", "kg", "2.834952E-02"),
        Case("1", "[gr]", "kg", "6.479891E-05"), Case("1", "[oz_tr]", "kg", "3.110348E-02"),
        Case("1", "[ston_av]", "kg", "9.071847E+02"), Case("1", "[lton_av]", "kg", "1.016047E+03"),
        Case("1", "[car_m]", "kg", "2.0E-04"), Case("1", "[gal_us]", "m3", "3.785412E-03"),
        Case("1", "[qt_us]", "m3", "9.463529E-04"), Case("1", "[pt_us]", "m3", "4.731765E-04"),
        Case("1", "[foz_us]", "m3", "2.957353E-05"), Case("1", "[cup_us]", "m3", "2.365882E-04"),
        Case("1", "[tbs_us]", "m3", "1.478676E-05"), Case("1", "[tsp_us]", "m3", "4.928922E-06"),
        Case("1", "[gal_br]", "m3", "4.54609E-03"), Case("1", "[bbl_us]", "m3", "1.589873E-01"),
        Case("1", "[bu_us]", "m3", "3.523907E-02"), Case("1", "atm", "Pa", "1.01325E+05"),
        Case("1", "att", "Pa", "9.80665E+04"),
        Case("1", "bar", "Pa", "1.0E+05"), Case("1", "mm[Hg]", "Pa", "1.33322E+02"),
        Case("1", "[psi]", "Pa", "6.894757E+03"),
        Case("1", "cm[H2O]", "Pa", "9.80665E+01"), Case("1", "cal_th", "J", "4.184E+00"),
        Case("1", "cal_IT", "J", "4.1868E+00"),
        Case("1", "[Btu_IT]", "J", "1.055056E+03"), Case("1", "erg", "J", "1.0E-07"),
        Case("1", "[HP]", "W", "7.456999E+02"),
        Case("1", "dyn", "N", "1.0E-05"), Case("1", "kgf", "N", "9.80665E+00"), Case("1", "[lbf_av]", "N", "4.448222E+00"),
        Case("1", "P", "Pa.s", "1.0E-01"), Case("1", "St", "m2/s", "1.0E-04"), Case("1", "Ci", "Bq", "3.7E+10"),
        Case("1", "RAD", "Gy", "1.0E-02"), Case("1", "REM", "Sv", "1.0E-02"), Case("1", "R", "C/kg", "2.58E-04"),
        Case("1", "deg", "rad", "1.745329E-02"), Case("1", "'", "rad", "2.908882E-04"),
        Case("1", "''", "rad", "4.848137E-06"),
        Case("1", "gon", "rad", "1.570796E-02"), Case("1", "G", "T", "1.0E-04"), Case("1", "Mx", "Wb", "1.0E-08"),
        Case("1", "Oe", "A/m", "7.957747E+01"), Case("1", "[kn_i]", "m/s", "5.144444E-01"),
        Case("1", "[mi_i]/h", "m/s", "4.4704E-01"), Case("1", "d", "s", "8.64E+04"),
        Case("1", "sb", "cd/m2", "1.0E+04"), Case("1", "Lmb", "cd/m2", "3.183099E+03"),
        Case("1", "[den]", "kg/m", "1.111111E-07"),
        Case("1", "tex", "kg/m", "1.0E-06"), Case("1", "[degR]", "K", "5.555556E-01"),
    ]

    @Test("NIST SP 811 appendix B.8", arguments: nist) func agreesWithNIST(_ item: Case) throws {
        let value = try #require(ExactDecimal(item.value))
        #expect(agrees(try convert(value, from: item.source, to: item.target), item.expected))
    }

    /// Where factor and result are finite decimals the result is exact, digit for digit.
    @Test(
        "exact decimals",
        arguments: [
            // SI Brochure, 9th edition: prefixes, litre, and the defining constants.
            Case("7.40", "g/dL", "g/L", "74.0"), Case("5", "g/L", "mg/L", "5000"),
            Case("1", "mol", "1", "602214076000000000000000"),
            Case("1", "eV", "J", "0.0000000000000000001602176634"), Case("0.1", "L", "cm3", "100"),
            // International yard and pound agreement of 1959.
            Case("1", "[lb_av]", "kg", "0.45359237"), Case("6.3", "[in_i]", "cm", "16.002"),
            // Defined temperature scales: K = °C + 273.15, °F = °C × 9/5 + 32.
            Case("98.6", "[degF]", "Cel", "37.0"), Case("37.0", "Cel", "[degF]", "98.6"),
            Case("-40", "[degF]", "Cel", "-40"),
            Case("0", "Cel", "K", "273.15"), Case("32", "[degF]", "K", "273.15"), Case("80", "[degRe]", "Cel", "100"),
            Case("500", "mCel", "K", "273.650"), Case("212", "[degF]", "[degRe]", "80"),
            // UCUM tables: 1 U = 1 umol/min, 1 [MET] = 3.5 mL/min/kg, 1 [diop] = 1 /m, 1 g% = 1 g/dL.
            Case("60", "U/L", "ukat/L", "1"), Case("2", "[MET]", "mL/min/kg", "7"), Case("2", "[diop]", "m-1", "2"),
            Case("14", "g%", "g/L", "140"), Case("250", "10*3/uL", "10*9/L", "250"), Case("0.21", "1", "%", "21"),
        ])
    func isExact(_ item: Case) throws {
        let value = try #require(ExactDecimal(item.value))
        #expect(try convert(value, from: item.source, to: item.target).description == item.expected)
    }

    /// Logarithmic scales (UCUM section 21).
    @Test(
        "special scales",
        arguments: [
            Case("7.40", "[pH]", "nmol/L", "39.8107170553497"),
            Case("39.8107170553497", "nmol/L", "[pH]", "7.40000000000000"),
            Case("1", "B", "1", "10"), Case("10", "dB", "1", "10"), Case("20", "dB[SPL]", "Pa", "0.0002"),
            Case("1", "Np", "1", "2.718281828459"),
            Case("3", "B[W]", "kW", "1"), Case("6", "B[uV]", "mV", "1"), Case("100", "[p'diop]", "deg", "45"),
            Case("8", "bit_s", "1", "256"),
        ])
    func special(_ item: Case) throws {
        let value = try #require(ExactDecimal(item.value))
        #expect(agrees(try convert(value, from: item.source, to: item.target), item.expected))
    }

    @Test("a result that is no finite decimal has 15 digits, rounded half to even") func rounds() throws {
        #expect(try convert(ExactDecimal(100), from: "[degF]", to: "Cel").description == "37.7777777777778")
        #expect(try convert(ExactDecimal(1), from: "d", to: "wk").description == "0.142857142857143")
        #expect(try convert(ExactDecimal(-1), from: "d", to: "wk").description == "-0.142857142857143")
        #expect(try convert(ExactDecimal(180), from: "deg", to: "rad").description == "3.14159265358979")
        let conversion = try Unit("circ").conversion(to: Unit("rad"))
        #expect(conversion.apply(ExactDecimal(1), significantDigits: 25)?.description == "6.283185307179586476925287")
    }

    @Test("factors stay exact and say so") func factors() throws {
        #expect(try Unit("[degF]").conversion(to: Unit("Cel")).formula == "(x − 32) × 5/9")
        #expect(try Unit("deg").conversion(to: Unit("'")).factor?.description == "60")
        #expect(try Unit("[in_i]").conversion(to: Unit("cm")).factor?.description == "2.54")
        #expect(try Unit("mg/dL").conversion(to: Unit("mg/dL")).kind == .none)
        #expect(try Unit("mL").conversion(to: Unit("cm3")).kind == .none)
    }

    @Test("quantities of different kinds do not convert") func notCommensurable() throws {
        for (source, target) in [("mg/dL", "mm[Hg]"), ("kg", "m"), ("Cel", "Pa"), ("[pH]", "s"), ("/min", "L/min")] {
            #expect(throws: UCUMError.self) { try convert(ExactDecimal(1), from: source, to: target) }
            #expect(try Unit(source).isCommensurable(with: Unit(target)) == false)
        }
    }

    /// UCUM section 24: arbitrary units are not of any specific dimension and not commensurable with any other unit.
    @Test("arbitrary units convert only into themselves") func arbitraryUnits() throws {
        #expect(try convert(ExactDecimal(5), from: "m[IU]/L", to: "u[iU]/mL").description == "5")
        for (source, target) in [("[IU]/L", "U/L"), ("[IU]", "1"), ("[arb'U]", "[iU]"), ("[CFU]/mL", "/mL"), ("U", "[IU]")]
        {
            do throws(UCUMError) {
                _ = try convert(ExactDecimal(1), from: source, to: target)
                Issue.record("\(source) must not convert to \(target)")
            } catch {
                #expect(error.cause == .arbitraryUnit)
            }
        }
    }

    @Test("values beyond the range of decimals are refused, not wrong") func outOfRange() throws {
        #expect(throws: UCUMError.self) { try convert(ExactDecimal(-5), from: "nmol/L", to: "[pH]") }
        #expect(throws: UCUMError.self) { try convert(ExactDecimal(400), from: "B", to: "1") }
        let huge = ExactDecimal(coefficient: Int128.max, scale: 0)
        #expect(try Unit("Ym").conversion(to: Unit("ym")).apply(huge).map { $0.doubleValue > 1e85 } ?? true)
    }

    @Test("conversions that UCUM allows and a laboratory does not") func sameKind() throws {
        for (source, target) in [
            ("mmol/L", "/L"), ("meq/L", "mmol/L"), ("[pH]", "mol/L"), ("dB", "1"), ("/[HPF]", "1"), ("mmol/mol", "%"),
            ("ng/mL{FEU}", "ng/mL{DDU}"), ("mL/min/{1.73_m2}", "mL/min"), ("{beats}/min", "{breaths}/min"),
        ] {
            #expect(throws: UCUMError.self) { try convertSameKind(ExactDecimal(1), from: source, to: target) }
            #expect(throws: Never.self) { try convert(ExactDecimal(1), from: source, to: target) }
        }
        #expect(try convertSameKind(ExactDecimal(1), from: "mmol/L", to: "umol/L").description == "1000")
        #expect(try convertSameKind(ExactDecimal(37), from: "Cel", to: "[degF]").description == "98.6")
        #expect(try convertSameKind(ExactDecimal(60), from: "{beats}/min", to: "/min").description == "60")
        #expect(try convertSameKind(ExactDecimal(10), from: "dB", to: "B").doubleValue == 1)
        #expect(throws: UCUMError.self) { try convertSameKind(ExactDecimal(1), from: "mg/dL", to: "mmol/L") }
    }

    @Test("moles, equivalents and osmoles are told apart beside the dimension") func amounts() throws {
        #expect(try Unit("mmol/L").amount == Unit("mol/m3").amount)
        #expect(try Unit("mmol/L").amount != Unit("10*3/uL").amount)
        #expect(try Unit("meq/L").amount != Unit("mmol/L").amount)
        #expect(try Unit("mmol/mol").amount != Unit("%").amount)
        #expect(try Unit("U/L").amount == Unit("kat/L").amount)
    }
}
