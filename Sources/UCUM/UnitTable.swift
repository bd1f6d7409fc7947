/// The unit atoms of UCUM, as data.
///
/// Source: The Unified Code for Units of Measure, version 2.2 (2024-06-17), tables 2 to 21, case sensitive codes.
/// A line is: code, flags (`m` metric, `s` special scale, `a` arbitrary, `-` none), magnitude, unit, name; tabs between.
/// The magnitude of a special unit is its function and the size of the unit the function is taken of
/// (UCUM sections 21 and 22): `degf 5` of `K/9`.
enum UnitTable {
    /// Lengths, times, masses … that everything else is counted in: code, name. The order is that of ``Dimension``.
    static let baseUnits: [(code: String, name: String)] = [
        ("m", "meter"), ("s", "second"), ("g", "gram"), ("rad", "radian"), ("K", "kelvin"), ("C", "coulomb"),
        ("cd", "candela"),
    ]

    /// Code, power of ten, name (UCUM table 1, decimal part).
    static let decimalPrefixes: [(code: String, tens: Int, name: String)] = [
        ("Y", 24, "yotta"), ("Z", 21, "zetta"), ("E", 18, "exa"), ("P", 15, "peta"), ("T", 12, "tera"), ("G", 9, "giga"),
        ("M", 6, "mega"), ("k", 3, "kilo"), ("h", 2, "hecto"), ("da", 1, "deka"), ("d", -1, "deci"), ("c", -2, "centi"),
        ("m", -3, "milli"), ("u", -6, "micro"), ("n", -9, "nano"), ("p", -12, "pico"), ("f", -15, "femto"),
        ("a", -18, "atto"), ("z", -21, "zepto"), ("y", -24, "yocto"),
    ]

    /// Code, power of two, name (UCUM table 1, IEC 60027 part).
    static let binaryPrefixes: [(code: String, twos: Int, name: String)] = [
        ("Ki", 10, "kibi"), ("Mi", 20, "mebi"), ("Gi", 30, "gibi"), ("Ti", 40, "tebi"),
    ]

    /// Case insensitive codes that are not the case sensitive one in capitals: UCUM gives these units a code of their own,
    /// because their capitals would be another unit's (`S` siemens and `s` second).
    static let caseInsensitiveCodes = [
        "Pa": "PAL", "S": "SIE", "h": "HR", "a_t": "ANN_T", "a_j": "ANN_J", "a_g": "ANN_G", "a": "ANN", "t": "TNE",
        "u": "AMU", "AU": "ASU", "pc": "PRS", "[G]": "[GC]", "Gal": "GL", "G": "GS", "ph": "PHT", "R": "ROE",
        "RAD": "[RAD]", "REM": "[REM]", "Np": "NEP", "st": "STR", "b": "BRN",
    ]

    /// Case insensitive prefixes that are not the case sensitive one in capitals.
    static let caseInsensitivePrefixes = [
        "Y": "YA", "Z": "ZA", "E": "EX", "P": "PT", "T": "TR", "G": "GA", "M": "MA", "z": "ZO", "y": "YO", "Ki": "KIB",
        "Mi": "MIB", "Gi": "GIB", "Ti": "TIB",
    ]

    static let atoms = #"""
        10*	-	10	1	the number ten for arbitrary powers
        10^	-	10	1	the number ten for arbitrary powers
        [pi]	-	pi	1	the number pi
        %	-	1	10*-2	percent
        [ppth]	-	1	10*-3	parts per thousand
        [ppm]	-	1	10*-6	parts per million
        [ppb]	-	1	10*-9	parts per billion
        [pptr]	-	1	10*-12	parts per trillion
        mol	m	6.02214076	10*23	mole
        sr	m	1	rad2	steradian
        Hz	m	1	s-1	hertz
        N	m	1	kg.m/s2	newton
        Pa	m	1	N/m2	pascal
        J	m	1	N.m	joule
        W	m	1	J/s	watt
        A	m	1	C/s	ampère
        V	m	1	J/C	volt
        F	m	1	C/V	farad
        Ohm	m	1	V/A	ohm
        S	m	1	Ohm-1	siemens
        Wb	m	1	V.s	weber
        Cel	ms	cel 1	K	degree Celsius
        T	m	1	Wb/m2	tesla
        H	m	1	Wb/A	henry
        lm	m	1	cd.sr	lumen
        lx	m	1	lm/m2	lux
        Bq	m	1	s-1	becquerel
        Gy	m	1	J/kg	gray
        Sv	m	1	J/kg	sievert
        gon	-	0.9	deg	gon
        deg	-	2	[pi].rad/360	degree
        '	-	1	deg/60	minute
        ''	-	1	'/60	second
        l	m	1	dm3	liter
        L	m	1	l	liter
        ar	m	100	m2	are
        min	-	60	s	minute
        h	-	60	min	hour
        d	-	24	h	day
        a_t	-	365.24219	d	tropical year
        a_j	-	365.25	d	mean Julian year
        a_g	-	365.2425	d	mean Gregorian year
        a	-	1	a_j	year
        wk	-	7	d	week
        mo_s	-	29.53059	d	synodal month
        mo_j	-	1	a_j/12	mean Julian month
        mo_g	-	1	a_g/12	mean Gregorian month
        mo	-	1	mo_j	month
        t	m	1e3	kg	tonne
        bar	m	1e5	Pa	bar
        u	m	1.66053906660e-24	g	unified atomic mass unit
        eV	m	1	[e].V	electronvolt
        AU	-	149597.870691	Mm	astronomic unit
        pc	m	3.085678e16	m	parsec
        [c]	m	299792458	m/s	velocity of light
        [h]	m	6.62607015e-34	J.s	Planck constant
        [k]	m	1.380649e-23	J/K	Boltzmann constant
        [eps_0]	m	8.854187817e-12	F/m	permittivity of vacuum
        [mu_0]	m	1	4.[pi].10*-7.N/A2	permeability of vacuum
        [e]	m	1.602176634e-19	C	elementary charge
        [m_e]	m	9.1093837139e-31	kg	electron mass
        [m_p]	m	1.67262192595e-27	kg	proton mass
        [G]	m	6.67430e-11	m3.kg-1.s-2	Newtonian constant of gravitation
        [g]	m	980665e-5	m/s2	standard acceleration of free fall
        atm	-	101325	Pa	standard atmosphere
        [ly]	m	1	[c].a_j	light-year
        gf	m	1	g.[g]	gram-force
        [lbf_av]	-	1	[lb_av].[g]	pound force
        Ky	m	1	cm-1	Kayser
        Gal	m	1	cm/s2	Gal
        dyn	m	1	g.cm/s2	dyne
        erg	m	1	dyn.cm	erg
        P	m	1	dyn.s/cm2	Poise
        Bi	m	10	A	Biot
        St	m	1	cm2/s	Stokes
        Mx	m	1e-8	Wb	Maxwell
        G	m	1e-4	T	Gauss
        Oe	m	250	/[pi].A/m	Oersted
        Gb	m	1	Oe.cm	Gilbert
        sb	m	1	cd/cm2	stilb
        Lmb	m	1	cd/cm2/[pi]	Lambert
        ph	m	1e-4	lx	phot
        Ci	m	37e9	Bq	Curie
        R	m	2.58e-4	C/kg	Roentgen
        RAD	m	100	erg/g	radiation absorbed dose
        REM	m	1	RAD	radiation equivalent man
        [in_i]	-	254e-2	cm	inch
        [ft_i]	-	12	[in_i]	foot
        [yd_i]	-	3	[ft_i]	yard
        [mi_i]	-	5280	[ft_i]	mile
        [fth_i]	-	6	[ft_i]	fathom
        [nmi_i]	-	1852	m	nautical mile
        [kn_i]	-	1	[nmi_i]/h	knot
        [sin_i]	-	1	[in_i]2	square inch
        [sft_i]	-	1	[ft_i]2	square foot
        [syd_i]	-	1	[yd_i]2	square yard
        [cin_i]	-	1	[in_i]3	cubic inch
        [cft_i]	-	1	[ft_i]3	cubic foot
        [cyd_i]	-	1	[yd_i]3	cubic yard
        [bf_i]	-	144	[in_i]3	board foot
        [cr_i]	-	128	[ft_i]3	cord
        [mil_i]	-	1e-3	[in_i]	mil
        [cml_i]	-	1	[pi]/4.[mil_i]2	circular mil
        [hd_i]	-	4	[in_i]	hand
        [ft_us]	-	1200	m/3937	foot
        [yd_us]	-	3	[ft_us]	yard
        [in_us]	-	1	[ft_us]/12	inch
        [rd_us]	-	16.5	[ft_us]	rod
        [ch_us]	-	4	[rd_us]	Gunter's chain
        [lk_us]	-	1	[ch_us]/100	link for Gunter's chain
        [rch_us]	-	100	[ft_us]	Ramden's chain
        [rlk_us]	-	1	[rch_us]/100	link for Ramden's chain
        [fth_us]	-	6	[ft_us]	fathom
        [fur_us]	-	40	[rd_us]	furlong
        [mi_us]	-	8	[fur_us]	mile
        [acr_us]	-	160	[rd_us]2	acre
        [srd_us]	-	1	[rd_us]2	square rod
        [smi_us]	-	1	[mi_us]2	square mile
        [sct]	-	1	[mi_us]2	section
        [twp]	-	36	[sct]	township
        [mil_us]	-	1e-3	[in_us]	mil
        [in_br]	-	2.539998	cm	inch
        [ft_br]	-	12	[in_br]	foot
        [rd_br]	-	16.5	[ft_br]	rod
        [ch_br]	-	4	[rd_br]	Gunter's chain
        [lk_br]	-	1	[ch_br]/100	link for Gunter's chain
        [fth_br]	-	6	[ft_br]	fathom
        [pc_br]	-	2.5	[ft_br]	pace
        [yd_br]	-	3	[ft_br]	yard
        [mi_br]	-	5280	[ft_br]	mile
        [nmi_br]	-	6080	[ft_br]	nautical mile
        [kn_br]	-	1	[nmi_br]/h	knot
        [acr_br]	-	4840	[yd_br]2	acre
        [gal_us]	-	231	[in_i]3	Queen Anne's wine gallon
        [bbl_us]	-	42	[gal_us]	barrel
        [qt_us]	-	1	[gal_us]/4	quart
        [pt_us]	-	1	[qt_us]/2	pint
        [gil_us]	-	1	[pt_us]/4	gill
        [foz_us]	-	1	[gil_us]/4	fluid ounce
        [fdr_us]	-	1	[foz_us]/8	fluid dram
        [min_us]	-	1	[fdr_us]/60	minim
        [crd_us]	-	128	[ft_i]3	cord
        [bu_us]	-	2150.42	[in_i]3	bushel
        [gal_wi]	-	1	[bu_us]/8	historical winchester gallon
        [pk_us]	-	1	[bu_us]/4	peck
        [dqt_us]	-	1	[pk_us]/8	dry quart
        [dpt_us]	-	1	[dqt_us]/2	dry pint
        [tbs_us]	-	1	[foz_us]/2	tablespoon
        [tsp_us]	-	1	[tbs_us]/3	teaspoon
        [cup_us]	-	16	[tbs_us]	cup
        [foz_m]	-	30	mL	metric fluid ounce
        [cup_m]	-	240	mL	metric cup
        [tsp_m]	-	5	mL	metric teaspoon
        [tbs_m]	-	15	mL	metric tablespoon
        [gal_br]	-	4.54609	l	gallon
        [pk_br]	-	2	[gal_br]	peck
        [bu_br]	-	4	[pk_br]	bushel
        [qt_br]	-	1	[gal_br]/4	quart
        [pt_br]	-	1	[qt_br]/2	pint
        [gil_br]	-	1	[pt_br]/4	gill
        [foz_br]	-	1	[gil_br]/5	fluid ounce
        [fdr_br]	-	1	[foz_br]/8	fluid dram
        [min_br]	-	1	[fdr_br]/60	minim
        [gr]	-	64.79891	mg	grain
        [lb_av]	-	7000	[gr]	pound
        [oz_av]	-	1	[lb_av]/16	ounce
        [dr_av]	-	1	[oz_av]/16	dram
        [scwt_av]	-	100	[lb_av]	short hundredweight
        [lcwt_av]	-	112	[lb_av]	long hundredweight
        [ston_av]	-	20	[scwt_av]	short ton
        [lton_av]	-	20	[lcwt_av]	long ton
        [stone_av]	-	14	[lb_av]	stone
        [pwt_tr]	-	24	[gr]	pennyweight
        [oz_tr]	-	20	[pwt_tr]	ounce
        [lb_tr]	-	12	[oz_tr]	pound
        [sc_ap]	-	20	[gr]	scruple
        [dr_ap]	-	3	[sc_ap]	dram
        [oz_ap]	-	8	[dr_ap]	ounce
        [lb_ap]	-	12	[oz_ap]	pound
        [oz_m]	-	28	g	metric ounce
        [lne]	-	1	[in_i]/12	line
        [pnt]	-	1	[lne]/6	point
        [pca]	-	12	[pnt]	pica
        [pnt_pr]	-	0.013837	[in_i]	Printer's point
        [pca_pr]	-	12	[pnt_pr]	Printer's pica
        [pied]	-	32.48	cm	pied
        [pouce]	-	1	[pied]/12	pouce
        [ligne]	-	1	[pouce]/12	ligne
        [didot]	-	1	[ligne]/6	didot
        [cicero]	-	12	[didot]	cicero
        [degF]	s	degf 5	K/9	degree Fahrenheit
        [degR]	-	5	K/9	degree Rankine
        [degRe]	s	degre 5	K/4	degree Réaumur
        cal_[15]	m	4.18580	J	calorie at 15 °C
        cal_[20]	m	4.18190	J	calorie at 20 °C
        cal_m	m	4.19002	J	mean calorie
        cal_IT	m	4.1868	J	international table calorie
        cal_th	m	4.184	J	thermochemical calorie
        cal	m	1	cal_th	calorie
        [Cal]	-	1	kcal_th	nutrition label Calories
        [Btu_39]	-	1.05967	kJ	British thermal unit at 39 °F
        [Btu_59]	-	1.05480	kJ	British thermal unit at 59 °F
        [Btu_60]	-	1.05468	kJ	British thermal unit at 60 °F
        [Btu_m]	-	1.05587	kJ	mean British thermal unit
        [Btu_IT]	-	1.05505585262	kJ	international table British thermal unit
        [Btu_th]	-	1.054350	kJ	thermochemical British thermal unit
        [Btu]	-	1	[Btu_th]	British thermal unit
        [HP]	-	550	[ft_i].[lbf_av]/s	horsepower
        tex	m	1	g/km	tex
        [den]	-	1	g/9/km	Denier
        m[H2O]	m	980665e-5	kPa	meter of water column
        m[Hg]	m	133.3220	kPa	meter of mercury column
        [in_i'H2O]	-	1	m[H2O].[in_i]/m	inch of water column
        [in_i'Hg]	-	1	m[Hg].[in_i]/m	inch of mercury column
        [PRU]	-	1	mm[Hg].s/ml	peripheral vascular resistance unit
        [wood'U]	-	1	mm[Hg].min/L	Wood unit
        [diop]	-	1	/m	diopter
        [p'diop]	s	tan100 1	rad	prism diopter
        %[slope]	s	tan100 1	rad	percent of slope
        [mesh_i]	-	1	/[in_i]	mesh
        [Ch]	-	1	mm/3	Charrière
        [drp]	-	1	ml/20	drop
        [hnsf'U]	-	1	1	Hounsfield unit
        [MET]	-	3.5	mL/min/kg	metabolic equivalent
        [hp'_X]	s	hp10 1	1	homeopathic potency of decimal series (retired)
        [hp'_C]	s	hp100 1	1	homeopathic potency of centesimal series (retired)
        [hp'_M]	s	hp1000 1	1	homeopathic potency of millesimal series (retired)
        [hp'_Q]	s	hp50000 1	1	homeopathic potency of quintamillesimal series (retired)
        [hp_X]	a	1	1	homeopathic potency of decimal hahnemannian series
        [hp_C]	a	1	1	homeopathic potency of centesimal hahnemannian series
        [hp_M]	a	1	1	homeopathic potency of millesimal hahnemannian series
        [hp_Q]	a	1	1	homeopathic potency of quintamillesimal hahnemannian series
        [kp_X]	a	1	1	homeopathic potency of decimal korsakovian series
        [kp_C]	a	1	1	homeopathic potency of centesimal korsakovian series
        [kp_M]	a	1	1	homeopathic potency of millesimal korsakovian series
        [kp_Q]	a	1	1	homeopathic potency of quintamillesimal korsakovian series
        eq	m	1	mol	equivalents
        osm	m	1	mol	osmole
        [pH]	s	ph 1	mol/l	pH
        g%	m	1	g/dl	gram percent
        [S]	-	1	10*-13.s	Svedberg unit
        [HPF]	-	1	1	high power field
        [LPF]	-	100	1	low power field
        kat	m	1	mol/s	katal
        U	m	1	umol/min	Unit
        [iU]	ma	1	1	international unit
        [IU]	ma	1	[iU]	international unit
        [arb'U]	a	1	1	arbitrary unit
        [USP'U]	a	1	1	United States Pharmacopeia unit
        [GPL'U]	a	1	1	GPL unit
        [MPL'U]	a	1	1	MPL unit
        [APL'U]	a	1	1	APL unit
        [beth'U]	a	1	1	Bethesda unit
        [anti'Xa'U]	a	1	1	anti factor Xa unit
        [todd'U]	a	1	1	Todd unit
        [dye'U]	a	1	1	Dye unit
        [smgy'U]	a	1	1	Somogyi unit
        [bdsk'U]	a	1	1	Bodansky unit
        [ka'U]	a	1	1	King-Armstrong unit
        [knk'U]	a	1	1	Kunkel unit
        [mclg'U]	a	1	1	Mac Lagan unit
        [tb'U]	a	1	1	tuberculin unit
        [CCID_50]	a	1	1	50% cell culture infectious dose
        [TCID_50]	a	1	1	50% tissue culture infectious dose
        [EID_50]	a	1	1	50% embryo infectious dose
        [PFU]	a	1	1	plaque forming units
        [FFU]	a	1	1	focus forming units
        [CFU]	a	1	1	colony forming units
        [IR]	a	1	1	index of reactivity
        [BAU]	a	1	1	bioequivalent allergen unit
        [AU]	a	1	1	allergen unit
        [Amb'a'1'U]	a	1	1	allergen unit for Ambrosia artemisiifolia
        [PNU]	a	1	1	protein nitrogen unit
        [Lf]	a	1	1	Limit of flocculation
        [D'ag'U]	a	1	1	D-antigen unit
        [FEU]	a	1	1	fibrinogen equivalent unit
        [ELU]	a	1	1	ELISA unit
        [EU]	a	1	1	Ehrlich unit
        Np	ms	ln 1	1	neper
        B	ms	lg 1	1	bel
        B[SPL]	ms	2lg 2	10*-5.Pa	bel sound pressure
        B[V]	ms	2lg 1	V	bel volt
        B[mV]	ms	2lg 1	mV	bel millivolt
        B[uV]	ms	2lg 1	uV	bel microvolt
        B[10.nV]	ms	2lg 10	nV	bel 10 nanovolt
        B[W]	ms	lg 1	W	bel watt
        B[kW]	ms	lg 1	kW	bel kilowatt
        st	m	1	m3	stere
        Ao	-	0.1	nm	Ångström
        b	-	100	fm2	barn
        att	-	1	kgf/cm2	technical atmosphere
        mho	m	1	S	mho
        [psi]	-	1	[lbf_av]/[in_i]2	pound per square inch
        circ	-	2	[pi].rad	circle
        sph	-	4	[pi].sr	sphere
        [car_m]	-	2e-1	g	metric carat
        [car_Au]	-	1	/24	carat of gold alloys
        [smoot]	-	67	[in_i]	Smoot
        [m/s2/Hz^(1/2)]	s	sqrt 1	m2/s4/Hz	meter per square seconds per square root of hertz
        [NTU]	-	1	1	Nephelometric Turbidity Unit
        [FNU]	-	1	1	Formazin Nephelometric Unit
        bit_s	s	ld 1	1	bit
        bit	m	1	1	bit
        By	m	8	bit	byte
        Bd	m	1	/s	baud
        """#
}
