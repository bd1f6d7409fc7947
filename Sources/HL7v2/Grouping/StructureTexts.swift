/// The message structures of HL7 v2 in our own notation, from the facts of the standard's chapters 3 to 12 (v2.3 to v2.9).
///
/// One structure a line: its id, then its elements in order. An element is a segment, a choice (`OBR|RXO`) or a group
/// (`NAME( … )`), followed by `?` optional, `*` optional and repeating, `+` repeating; without a mark it is required once.
/// `~` marks a place the standard does not name where senders put it all the same; it is read there
/// and reported. `@2.7` and `@2.8` mean `~` before that version. `ANY` takes every segment that has no place of its own.
/// `$name` stands for a line of ``fragments``.
///
/// The structures hold what any version allows, so one line serves them all: a v2.3 message merely lacks the later parts.
enum StructureTexts {
    static let fragments = """
        head MSH ARV* SFT* UAC?
        person PID PD1? ARV* ROL* PRT*
        occupation OH1* OH2* OH3? OH4*
        kin NEXT_OF_KIN*( NK1 OH2* OH3? )
        visit PV1 PV2? ARV* ROL* PRT*
        results OBSERVATION*( OBX PRT* )
        procedure PROCEDURE*( PR1 ROL* PRT* )
        insurance INSURANCE*( IN1 IN2? IN3* ROL* PRT* AUTHORIZATION*( AUT PRT* ) REFERRAL*( RF1 PRT* ) )
        patient PID PD1? PRT* NTE* NK1* ARV*
        orderPatient PATIENT?( PID PD1? PRT* NTE* NK1* ARV* PATIENT_VISIT?( PV1 PV2? PRT* ) $coverage GT1? AL1* )
        coverage INSURANCE*( IN1 IN2? IN3? )
        timing TIMING*( TQ1 TQ2* )
        observation OBSERVATION*( OBX PRT* TCD? NTE* )
        specimen SPECIMEN*( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) \
            CONTAINER*( SAC CONTAINER_OBSERVATION*( OBX PRT* ) ) )
        prior PRIOR_RESULT*( PATIENT_PRIOR( PID PD1? PRT* ARV* ) PATIENT_VISIT_PRIOR?( PV1 PV2? PRT* ) AL1* \
            ORDER_PRIOR+( ORC? PRT* OBR NTE* TIMING_PRIOR*( TQ1 TQ2* ) OBSERVATION_PRIOR*( OBX PRT* NTE* ) ) )
        components COMPONENT*( RXC NTE* )
        answer MSH ARV* SFT* UAC? MSA ERR*
        definition ROW_DEFINITION?( RDF RDT* )
        immunization ORDER*( ORC PRT* TIMING*( TQ1 TQ2* ) RXA RXR? OBSERVATION*( OBX PRT* NTE* ) )
        financial PROCEDURE*( PR1 ROL* PRT* )
        resources RESOURCES+( RGS SERVICE*( AIS NTE* ) GENERAL_RESOURCE*( AIG NTE* ) \
            LOCATION_RESOURCE*( AIL NTE* ) PERSONNEL_RESOURCE*( AIP NTE* ) )
        referral MSH SFT* UAC? RF1? AUTHORIZATION_CONTACT?( AUT CTD? ) PROVIDER_CONTACT*( PRD CTD* )
        referred PID NK1* GT1* INSURANCE*( IN1 IN2? IN3? ) ACC? DG1* DRG? AL1* \
            PROCEDURE*( PR1 AUTHORIZATION?( AUT CTD? ) ) \
            OBSERVATION*( OBR NTE* RESULTS*( OBX NTE* ) ) PATIENT_VISIT?( PV1 PV2? ) NTE*
        pathwayVisit PID PRT* ARV* PATIENT_VISIT?( PV1 PV2? )
        roles ROLE*( ROL VAR* )
        planOrder ORDER*( ORC ORDER_DETAIL?( OBR|RXO NTE* VAR* ORDER_OBSERVATION*( OBX PRT* NTE* VAR* ) ) )
        problem PROBLEM+( PRB NTE* VAR* PROBLEM_ROLE*( ROL VAR* ) \
            PROBLEM_PATHWAY*( PTH VAR* ) PROBLEM_OBSERVATION*( OBX PRT* NTE* ) \
            GOAL*( GOL NTE* VAR* GOAL_ROLE*( ROL VAR* ) GOAL_OBSERVATION*( OBX PRT* NTE* ) ) $planOrder )
        """

    static let structures = """
        ACK $answer
        ADT_A01 $head EVN $person $occupation $kin $visit DB1* $results AL1* IAM* DG1* DRG? $procedure GT1* $insurance \
            ACC? UB1? UB2? PDA?
        ADT_A02 $head EVN $person $visit DB1* $results PDA?
        ADT_A03 $head EVN $person $occupation $kin $visit DB1* AL1* IAM* DG1* DRG? $procedure $results GT1* $insurance \
            ACC? PDA?
        ADT_A05 $head EVN $person $occupation $kin $visit DB1* $results AL1* IAM* DG1* DRG? $procedure GT1* $insurance \
            ACC? UB1? UB2?
        ADT_A06 $head EVN $person MRG? $kin $visit DB1* $results AL1* IAM* DG1* DRG? $procedure GT1* $insurance ACC? UB1? UB2?
        ADT_A09 $head EVN PID PD1? PV1 PV2? DB1* $results DG1*
        ADT_A12 $head EVN PID PD1? PV1 PV2? DB1* $results DG1*
        ADT_A15 $head EVN $person $visit DB1* $results DG1*
        ADT_A16 $head EVN $person $kin $visit DB1* $results AL1* IAM* DG1* DRG? $procedure GT1* $insurance ACC?
        ADT_A17 $head EVN PID PD1? PV1 PV2? DB1* OBSERVATION_1*( OBX PRT* ) PID PD1? PV1 PV2? DB1* OBSERVATION_2*( OBX PRT* )
        ADT_A18 $head EVN PID PD1? MRG PV1
        ADT_A20 $head EVN NPU
        ADT_A21 $head EVN PID PD1? PV1? PV2? DB1* $results
        ADT_A24 $head EVN PID PD1? PV1? DB1* PID PD1? PV1? DB1*
        ADT_A30 $head EVN PID PD1? MRG
        ADT_A37 $head EVN PID PD1? PV1? DB1* PID PD1? PV1? DB1*
        ADT_A38 $head EVN PID PD1? PV1 PV2? DB1* $results DG1* DRG?
        ADT_A39 $head EVN PATIENT+( PID PD1? MRG PV1? )
        ADT_A43 $head EVN PATIENT+( PID PD1? MRG )
        ADT_A45 $head EVN PID PD1? MERGE_INFO+( MRG PV1 )
        ADT_A50 $head EVN PID PD1? MRG PV1
        ADT_A52 $head EVN PID PD1? PV1 PV2?
        ADT_A54 $head EVN $person PV1 PV2? ROL* PRT*
        ADT_A60 $head EVN PID ARV* VISIT_GROUP?( PV1 PV2? ARV* ) ADVERSE_REACTION_GROUP*( IAM NTE* IAR* )
        ADT_A61 $head EVN PID PD1? PV1 ROL* PRT* PV2?
        ADR_A19 $answer QAK? QRD QRF? QUERY_RESPONSE+( EVN? $person NK1* $visit DB1* OBX* AL1* DG1* DRG? $procedure GT1* \
            $insurance ACC? UB1? UB2? ) DSC?
        BAR_P01 $head EVN $person VISIT+( $visit DB1* OBX* AL1* DG1* DRG? $procedure GT1* NK1* $insurance ACC? UB1? UB2? )
        BAR_P02 $head EVN PATIENT+( PID PD1? PV1? DB1* )
        BAR_P05 $head EVN $person VISIT+( PV1? PV2? ROL* PRT* DB1* OBX* AL1* DG1* DRG? $procedure GT1* NK1* $insurance \
            ACC? UB1? UB2? ABS? BLC* RMI? )
        BAR_P06 $head EVN PATIENT+( PID PV1? )
        BAR_P10 $head EVN PID PV1 DG1* GP1 PROCEDURE*( PR1 GP2? )
        BAR_P12 $head EVN PID PV1 DG1* DRG? OBX* $procedure OBX*
        DFT_P03 $head EVN $person $visit DB1* \
            COMMON_ORDER*( ORC? $timing PRT* ORDER?( OBR NTE* PRT* ) OBSERVATION*( OBX PRT* NTE* ) ) \
            FINANCIAL+( FT1 NTE* FINANCIAL_PROCEDURE*( PR1 ROL* PRT* ) \
            FINANCIAL_COMMON_ORDER*( ORC? FINANCIAL_TIMING_QUANTITY*( TQ1 TQ2* ) PRT* \
            FINANCIAL_ORDER?( OBR NTE* PRT* ) FINANCIAL_OBSERVATION*( OBX PRT* NTE* ) ) ) DG1* DRG? GT1* $insurance ACC?
        DFT_P11 $head EVN $person $visit DB1* \
            COMMON_ORDER*( ORC? $timing PRT* ORDER?( OBR NTE* PRT* ) OBSERVATION*( OBX PRT* NTE* ) ) DG1* DRG? GT1* \
            $insurance ACC? FINANCIAL+( FT1 FINANCIAL_PROCEDURE*( PR1 ROL* PRT* ) \
            FINANCIAL_COMMON_ORDER*( ORC? FINANCIAL_TIMING_QUANTITY*( TQ1 TQ2* ) PRT* \
            FINANCIAL_ORDER?( OBR NTE* PRT* ) FINANCIAL_OBSERVATION*( OBX PRT* NTE* ) ) DG1* DRG? GT1* \
            FINANCIAL_INSURANCE*( IN1 IN2? IN3* ROL* PRT* ) )
        DSR_Q01 MSH SFT* UAC? MSA ERR? QAK? QRD QRF? DSP+ DSC?
        MDM_T01 $head EVN PID PV1 COMMON_ORDER*( ORC $timing OBR NTE* PRT* ) TXA CON*
        MDM_T02 $head EVN PID PV1 COMMON_ORDER*( ORC $timing OBR NTE* PRT* ) TXA CON* OBSERVATION+( OBX PRT* NTE* )
        MFN_ZNN $head MFI MF+( MFE ANY* )
        MFK_M01 MSH SFT* UAC? MSA ERR* MFI MFA*
        NMD_N02 MSH SFT* UAC? CLOCK_AND_STATS_WITH_NOTES+( CLOCK?( NCK NTE* ) APP_STATS?( NST NTE* ) APP_STATUS?( NSC NTE* ) )
        OMB_O27 $head NTE* $orderPatient ORDER+( ORC PRT* $timing BPO SPM* NTE* DG1* OBSERVATION*( OBX PRT* NTE* ) FT1* BLG? )
        OMD_O03 $head NTE* $orderPatient ORDER_DIET+( ORC PRT* TIMING_DIET*( TQ1 TQ2* ) DIET?( ODS+ NTE* \
            OBSERVATION*( OBX PRT* NTE* ) ) ) ORDER_TRAY*( ORC PRT* TIMING_TRAY*( TQ1 TQ2* ) ODT+ NTE* )
        OMG_O19 $head NTE* PATIENT?( $patient PATIENT_VISIT?( PV1 PV2? PRT* ) $coverage GT1? AL1* ) \
            ORDER+( ORC NTE* PRT* $timing OBR TCD? NTE* PRT* CTD* DG1* $observation $specimen SGH? $prior FT1* CTI* BLG? )
        OMI_O23 $head NTE* $orderPatient ORDER+( ORC PRT* $timing OBR NTE* PRT* CTD? DG1* $observation IPC+ )
        OML_O21 $head NTE* $orderPatient ORDER+( ORC NTE* PRT* $timing OBSERVATION_REQUEST?( OBR TCD? NTE* PRT* CTD* DG1* \
            $observation $specimen SGH? $prior SGT? ) FT1* CTI* BLG? )
        OML_O33 $head NTE* $orderPatient SPECIMEN+( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) SAC* \
            ORDER+( ORC NTE* PRT* $timing OBSERVATION_REQUEST?( OBR TCD? NTE* PRT* DG1* $observation $prior ) FT1* CTI* BLG? ) )
        OML_O35 $head NTE* $orderPatient SPECIMEN+( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) \
            SPECIMEN_CONTAINER+( SAC CONTAINER_OBSERVATION*( OBX PRT* ) \
            ORDER+( ORC NTE* PRT* $timing OBSERVATION_REQUEST?( OBR TCD? NTE* PRT* DG1* $observation $prior ) FT1* CTI* BLG? ) ) )
        OMN_O07 $head NTE* $orderPatient ORDER+( ORC PRT* $timing RQD RQ1? NTE* OBSERVATION*( OBX PRT* NTE* ) BLG? )
        OMP_O09 $head NTE* $orderPatient ORDER+( ORC NTE* PRT* $timing RXO NTE* PRT* RXR+ $components \
            OBSERVATION*( OBX PRT* NTE* ) FT1* BLG? )
        OMS_O05 $head NTE* $orderPatient ORDER+( ORC PRT* $timing RQD NTE* OBSERVATION*( OBX PRT* NTE* ) BLG? )
        ORF_R04 MSH SFT* UAC? MSA ERR* QRD QRF? QUERY_RESPONSE+( PATIENT?( PID NTE* ) \
            ORDER+( ORC? OBR NTE* $timing CTD? OBSERVATION*( OBX NTE* ) CTI* ) ) QAK? DSC?
        ORG_O20 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC PRT* $timing OBSERVATION_GROUP?( OBR NTE* PRT* CTI* ) \
            SPECIMEN*( SPM SAC* ) ) )
        ORL_O22 $answer NTE* RESPONSE?( PATIENT?( PID PRT* ARV* NTE* ORDER*( ORC PRT* $timing \
            OBSERVATION_REQUEST?( OBR PRT* SPECIMEN*( SPM SAC* ) ) ) ) ORDER*( ORC PRT* OBR? ) )
        ORM_O01 MSH SFT* UAC? NTE* PATIENT?( PID PD1? NTE* NK1* VISIT?( PV1 PV2? ) INSURANCE*( IN1 IN2? IN3? ) GT1? AL1* ) \
            ORDER+( ORC NTE* TIMING*( TQ1 TQ2* ) ORDER_DETAIL?( OBR|RQD|RQ1|RXO|ODS|ODT NTE* RXR* RXC* NTE* CTD? DG1* \
            OBSERVATION*( OBX NTE* ) SPM* ) FT1* CTI* BLG? )
        ORP_O10 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC PRT* $timing \
            ORDER_DETAIL?( RXO NTE* RXR+ $components ) ) )
        ORR_O02 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC ORDER_DETAIL?( OBR|RQD|RQ1|RXO|ODS|ODT NTE* ) CTI* ) )
        ORU_R01 $head PATIENT_RESULT+( PATIENT?( PID PD1? PRT* NTE* NK1* ARV* \
            PATIENT_OBSERVATION*@2.7( OBX PRT* NTE* ) VISIT?( PV1 PV2? PRT* ) ) \
            ORDER_OBSERVATION+( COMMON_ORDER?( ORC PRT* ORDER_DOCUMENT?@2.8( OBX PRT* TXA ) ) OBSERVATION*~( OBX PRT* NTE* ) OBR ORC~ NTE* ROL* PRT* \
            TIMING_QTY*( TQ1 TQ2* ) CTD? OBSERVATION*( OBX PRT* NTE* ) FT1* CTI* $specimen ) DEVICE*( DEV OBX* ) ) DSC?
        ORU_R30 $head PID PD1? PRT* ARV* PATIENT_OBSERVATION*( OBX PRT* ) VISIT?( PV1 PV2? PRT* ) ORC OBR NTE* ROL* PRT* \
            TIMING_QTY*( TQ1 TQ2* ) OBSERVATION*( OBX PRT* NTE* ) CTI*
        OUL_R21 $head NTE* PATIENT?( PID PD1? PRT* ARV* NTE* ) VISIT?( PV1 PV2? PRT* ) ORDER_OBSERVATION+( \
            CONTAINER?( SAC SID* ) ORC? OBR NTE* PRT* TIMING_QTY*( TQ1 TQ2* ) OBSERVATION*( OBX PRT* TCD? SID* NTE* ) CTI* ) \
            DSC?
        OUL_R22 $head NTE* PATIENT?( PID PD1? PRT* ARV* NTE* NK1* PATIENT_OBSERVATION*@2.7( OBX PRT* ) ) \
            VISIT?( PV1 PV2? PRT* ) SPECIMEN+( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) CONTAINER*( SAC INV? ) \
            ORDER+( ORC~ OBR PRT* COMMON_ORDER?( ORC PRT* ORDER_DOCUMENT?( OBX PRT* TXA ) ) NTE* PRT* TIMING_QTY*( TQ1 TQ2* ) \
            RESULT*( OBX PRT* TCD? SID* INV* NTE* ) CTI* ) ) DEVICE*( DEV OBX* ) DSC?
        OUL_R23 $head NTE* PATIENT?( PID PD1? PRT* ARV* NTE* NK1* PATIENT_OBSERVATION*@2.7( OBX PRT* ) ) \
            VISIT?( PV1 PV2? PRT* ) SPECIMEN+( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) CONTAINER+( SAC INV? \
            ORDER+( ORC~ OBR PRT* COMMON_ORDER?( ORC PRT* ORDER_DOCUMENT?( OBX PRT* TXA ) ) NTE* PRT* TIMING_QTY*( TQ1 TQ2* ) \
            RESULT*( OBX PRT* TCD? SID* INV* NTE* ) CTI* ) ) ) DEVICE*( DEV OBX* ) DSC?
        OUL_R24 $head NTE* PATIENT?( PID PD1? PRT* ARV* NTE* NK1* PATIENT_OBSERVATION*@2.7( OBX PRT* ) ) \
            VISIT?( PV1 PV2? PRT* ) ORDER+( ORC~ OBR PRT* COMMON_ORDER?( ORC PRT* ORDER_DOCUMENT?( OBX PRT* TXA ) ) NTE* PRT* TIMING_QTY*( TQ1 TQ2* ) \
            RESULT*( OBX PRT* TCD? SID* INV* NTE* ) \
            SPECIMEN*( SPM NTE* PRT* SPECIMEN_OBSERVATION*( OBX PRT* ) CONTAINER*( SAC INV? ) ) \
            RESULT*( OBX PRT* TCD? SID* INV* NTE* ) CTI* ) DEVICE*( DEV OBX* ) DSC?
        PGL_PC6 MSH SFT* UAC? $pathwayVisit GOAL+( GOL NTE* VAR* GOAL_ROLE*( ROL VAR* ) PATHWAY*( PTH VAR* ) \
            OBSERVATION*( OBX PRT* NTE* ) PROBLEM*( PRB NTE* VAR* PROBLEM_ROLE*( ROL VAR* ) \
            PROBLEM_OBSERVATION*( OBX PRT* NTE* ) ) $planOrder )
        PMU_B01 $head EVN STF PRA* ORG* AFF* LAN* EDU* CER* NK1* PRT* ROL*
        PPP_PCB MSH SFT* UAC? $pathwayVisit PATHWAY+( PTH NTE* VAR* PATHWAY_ROLE*( ROL VAR* ) $problem )
        PPR_PC1 MSH SFT* UAC? $pathwayVisit $problem
        QBP_Q11 MSH SFT* UAC? QPD ANY* RCP DSC?
        QBP_Q13 MSH SFT* UAC? QPD ANY* RCP RDF? DSC?
        QBP_Q21 MSH SFT* UAC? QPD ANY* RCP DSC?
        QCK_Q02 MSH SFT* UAC? MSA ERR? QAK?
        QCN_J01 MSH SFT* UAC? QID
        QRY_A19 MSH SFT* UAC? QRD QRF? DSC?
        RAS_O17 $head NTE* PATIENT?( PID PD1? PRT* NTE* ARV* AL1* PATIENT_VISIT?( PV1 PV2? PRT* ) ) \
            ORDER+( ORC NTE* PRT* $timing ORDER_DETAIL?( RXO PRT* ORDER_DETAIL_SUPPLEMENT?( NTE* RXR+ $components ) ) \
            ENCODING?( RXE NTE* PRT* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* CDO* ) \
            ADMINISTRATION+( RXA+ PRT* RXR OBSERVATION*( OBX PRT* NTE* ) ) CTI* )
        RDE_O11 $head NTE* PATIENT?( PID PD1? PRT* NTE* ARV* PATIENT_VISIT?( PV1 PV2? PRT* ) $coverage GT1? AL1* ) \
            ORDER+( ORC NTE* PRT* $timing ORDER_DETAIL?( RXO NTE* PRT* RXR+ $components ) \
            RXE PRT* NTE* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* CDO* OBSERVATION*( OBX PRT* NTE* ) FT1* BLG? CTI* )
        RDR_RDR $answer DEFINITION+( QRD QRF? PATIENT?( PID NTE* ) ORDER+( ORC ENCODING?( RXE $timing RXR+ RXC* ) \
            DISPENSE+( RXD RXR+ RXC* ) ) ) DSC?
        RDS_O13 $head NTE* PATIENT?( PID PD1? PRT* NTE* ARV* AL1* PATIENT_VISIT?( PV1 PV2? PRT* ) ) \
            ORDER+( ORC NTE* PRT* $timing ORDER_DETAIL?( RXO PRT* ORDER_DETAIL_SUPPLEMENT?( NTE* RXR+ $components ) ) \
            ENCODING?( RXE NTE* PRT* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* CDO* ) \
            RXD NTE* PRT* RXR+ RXC* CDO* OBSERVATION*( OBX PRT* NTE* ) FT1* )
        REF_I12 $referral $referred
        RGV_O15 $head NTE* PATIENT?( PID PD1? PRT* NTE* ARV* AL1* PATIENT_VISIT?( PV1 PV2? PRT* ) ) \
            ORDER+( ORC NTE* PRT* $timing ORDER_DETAIL?( RXO PRT* ORDER_DETAIL_SUPPLEMENT?( NTE* RXR+ $components ) ) \
            ENCODING?( RXE NTE* PRT* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* CDO* ) \
            GIVE+( RXG PRT* TIMING_GIVE*( TQ1 TQ2* ) RXR+ RXC* CDO* OBSERVATION*( OBX PRT* NTE* ) ) )
        RPA_I08 MSH SFT* UAC? MSA RF1? AUTHORIZATION?( AUT CTD? ) PROVIDER+( PRD CTD* ) $referred
        RPI_I01 MSH SFT* UAC? MSA PROVIDER+( PRD CTD* ) PID NK1* GUARANTOR_INSURANCE?( GT1* INSURANCE+( IN1 IN2? IN3? ) ) NTE*
        RQA_I08 $referral $referred
        RQI_I01 MSH SFT* UAC? PROVIDER+( PRD CTD* ) PID NK1* GUARANTOR_INSURANCE?( GT1* INSURANCE*( IN1 IN2? IN3? ) ) NTE*
        RRA_O18 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC PRT* $timing ADMINISTRATION?( RXA+ PRT* RXR ) ) )
        RRD_O14 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC PRT* $timing DISPENSE?( RXD NTE* PRT* RXR+ RXC* ) ) )
        RRE_O12 $answer NTE* RESPONSE?( PATIENT?( PID NTE* ) ORDER+( ORC PRT* $timing \
            ENCODING?( RXE NTE* PRT* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* ) ) )
        RRI_I12 MSH SFT* UAC? MSA? RF1? AUTHORIZATION_CONTACT?( AUT CTD? ) PROVIDER_CONTACT+( PRD CTD* ) PID ACC? DG1* DRG? AL1* \
            PROCEDURE*( PR1 AUTHORIZATION?( AUT CTD? ) ) OBSERVATION*( OBR NTE* RESULTS*( OBX NTE* ) ) \
            PATIENT_VISIT?( PV1 PV2? ) NTE*
        RSP_K11 $answer QAK? QPD? $definition QUERY_RESPONSE*( PID PD1? PRT* NK1* ARV* PATIENT_VISIT?( PV1 PV2? ) GT1* \
            $coverage PERSON_OBSERVATION*( OBX PRT* NTE* ) QRI? $immunization ) DSC?
        RSP_K21 $answer QAK QPD QUERY_RESPONSE?( PID PD1? ARV* NK1* QRI? ) DSC?
        RSP_K22 $answer QAK QPD QUERY_RESPONSE*( PID PD1? ARV* NK1* QRI? ) DSC?
        RSP_K23 $answer QAK QPD QUERY_RESPONSE?( PID ) DSC?
        RSP_K31 $answer QAK QPD RCP? RESPONSE*( PATIENT?( PID PD1? PRT* NTE* AL1* PATIENT_VISIT?( PV1 PV2? ) ) \
            ORDER+( ORC $timing ORDER_DETAIL?( RXO NTE* RXR+ $components ) \
            ENCODING?( RXE NTE* TIMING_ENCODED*( TQ1 TQ2* ) RXR+ RXC* ) RXD RXR+ RXC* OBSERVATION*( OBX NTE* ) ) ) DSC?
        SIU_S12 MSH SFT* UAC? SCH TQ1* NTE* PATIENT*( PID PD1? PRT* ARV* PV1? PV2? OBX* DG1* ) $resources
        SQM_S25 MSH QRD QRF? REQUEST?( ARQ APR? PID? $resources ) DSC?
        SRM_S01 MSH SFT* UAC? ARQ APR? NTE* PATIENT*( PID PV1? PV2? OBX* DG1* ) $resources
        SRR_S01 $answer SCHEDULE?( SCH TQ1* NTE* PATIENT*( PID PV1? PV2? DG1* ) $resources )
        VXQ_V01 MSH SFT* UAC? QRD QRF?
        VXR_V03 MSH SFT* UAC? MSA QRD QRF? PID PD1? NK1* PATIENT_VISIT?( PV1 PV2? ) GT1* $coverage \
            ORDER*( ORC? RXA RXR? OBSERVATION*( OBX NTE* ) )
        VXU_V04 $head PID PD1? NK1* ARV* PATIENT_VISIT?( PV1 PV2? ARV* ) GT1* $coverage \
            PERSON_OBSERVATION*@2.7( OBX PRT* NTE* ) $immunization
        VXX_V02 MSH SFT* UAC? MSA QRD QRF? PATIENT+( PID NK1* )
        """

    /// Structures that carry other triggers than the one they are named after (HL7 table 0354), and the withdrawn
    /// spellings of earlier versions. `CODE` alone stands for every event of a message code that is not listed.
    static let events = """
        ADT_A01 ADT^A01 ADT^A04 ADT^A08 ADT^A13 ADT
        ADT_A05 ADT^A05 ADT^A14 ADT^A28 ADT^A31
        ADT_A06 ADT^A06 ADT^A07
        ADT_A09 ADT^A09 ADT^A10 ADT^A11
        ADT_A21 ADT^A21 ADT^A22 ADT^A23 ADT^A25 ADT^A26 ADT^A27 ADT^A29 ADT^A32 ADT^A33
        ADT_A30 ADT^A30 ADT^A34 ADT^A35 ADT^A36 ADT^A46 ADT^A47 ADT^A48 ADT^A49
        ADT_A39 ADT^A39 ADT^A40 ADT^A41 ADT^A42
        ADT_A43 ADT^A43 ADT^A44
        ADT_A50 ADT^A50 ADT^A51
        ADT_A52 ADT^A52 ADT^A53
        ADT_A54 ADT^A54 ADT^A55
        ADT_A61 ADT^A61 ADT^A62
        ADR_A19 ADR
        ACK ACK MCF
        BAR_P01 BAR
        DFT_P03 DFT
        DSR_Q01 DSR
        MDM_T01 MDM^T01 MDM^T03 MDM^T05 MDM^T07 MDM^T09 MDM^T11
        MDM_T02 MDM^T02 MDM^T04 MDM^T06 MDM^T08 MDM^T10 MDM
        MFN_ZNN MFN
        MFK_M01 MFK
        OMB_O27 OMB
        OMD_O03 OMD
        OMG_O19 OMG
        OMI_O23 OMI
        OML_O21 OML
        OMN_O07 OMN
        OMP_O09 OMP
        OMS_O05 OMS
        ORF_R04 ORF
        ORG_O20 ORG
        ORL_O22 ORL
        ORM_O01 ORM
        ORP_O10 ORP
        ORR_O02 ORR
        ORU_R01 ORU
        ORU_R30 ORU^R30 ORU^R31 ORU^R32
        OUL_R21 OUL
        PGL_PC6 PGL
        PMU_B01 PMU
        PPP_PCB PPP
        PPR_PC1 PPR
        QBP_Q11 QBP^Q11 QBP
        QBP_Q21 QBP^Q21 QBP^Q22 QBP^Q23 QBP^Q24 QBP^Q25
        QCK_Q02 QCK
        QCN_J01 QCN
        QRY_A19 QRY
        RAS_O17 RAS^O01 RAS
        RDE_O11 RDE^O01 RDE^O25 RDE
        RDR_RDR RDR
        RDS_O13 RDS^O01 RDS
        REF_I12 REF
        RGV_O15 RGV^O01 RGV
        RPA_I08 RPA
        RPI_I01 RPI
        RQA_I08 RQA
        RQI_I01 RQI
        RRA_O18 RRA^O02 RRA
        RRD_O14 RRD^O02 RRD
        RRE_O12 RRE^O02 RRE
        RRI_I12 RRI
        RSP_K11 RSP
        RSP_K22 RSP^K22 RSP^K24
        SIU_S12 SIU
        SQM_S25 SQM
        SRM_S01 SRM
        SRR_S01 SRR
        VXQ_V01 VXQ
        VXR_V03 VXR
        VXU_V04 VXU
        VXX_V02 VXX
        """
}
