internal import Clinical
internal import Inference
internal import Timeline

/// Asks every active model about a patient as they are, or as they would be: the same code path as in earnest, and
/// nothing is stored.
struct WhatIf: Sendable {
    let models: [ModelPackage]
    let allowedSkewSeconds: Int64
    let conversion: AnalyteConverting

    /// Something that models ask for; one for all models that ask for it.
    struct Input: Sendable {
        var field: String
        var request: FeatureRequest
    }

    /// The last values that the active models ask for, in the order of the models.
    var inputs: [Input] {
        var found: [Input] = []
        for request in models.flatMap(\.requests) where request.aggregate == .last {
            let known = found.firstIndex { input in
                input.request.unit == request.unit && input.request.loinc.first.map(request.loinc.contains) == true
            }
            if let known {
                found[known].request.horizonSeconds = max(found[known].request.horizonSeconds, request.horizonSeconds)
            } else {
                found.append(Input(field: "input-\(found.count)", request: request))
            }
        }
        return found
    }

    func asOf(_ moment: Instant) -> AsOf { AsOf(effective: moment.adding(seconds: allowedSkewSeconds), known: moment) }

    func decision(
        _ model: ModelPackage, _ patient: LivePatient, at moment: Instant,
        assuming assumptions: [PatientTimeline.Assumption] = []
    ) -> Decision {
        let timeline =
            assumptions.isEmpty
            ? patient.timeline : patient.timeline.assuming(assumptions, asOf: AsOf(moment), patient: patient.key)
        let inputs = timeline.features(model.requests, asOf: asOf(moment), conversion: conversion)
        return model.evaluate(patient: patient.key, asOf: AsOf(moment), inputs: inputs)
    }

    /// Changes of at most three inputs to the near quartile of the training population that bring the level down, the
    /// smallest first. Age and what is past do not change; a value within the quartiles is normal already.
    func counterfactuals(
        _ model: ModelPackage, _ patient: LivePatient, at moment: Instant, from decision: Decision
    ) -> [(changes: [Change], decision: Decision)] {
        guard decision.level.rank > 0, case .estimate = decision.result else { return [] }
        let possible = changes(model, decision)
        var found: [(changes: [Change], decision: Decision)] = []
        var beam: [(changes: [Int], high: Double)] = [([], 0)]
        for width in [8, 5, 0] {
            var next: [(changes: [Int], high: Double)] = []
            for start in beam {
                for index in possible.indices where index > (start.changes.last ?? -1) {
                    let chosen = start.changes + [index]
                    let changes = chosen.map { possible[$0] }
                    let answer = self.decision(model, patient, at: moment, assuming: changes.map(\.assumption))
                    guard case .estimate(let estimate) = answer.result else { continue }
                    if answer.level.rank < decision.level.rank {
                        found.append((changes, answer))
                    } else {
                        next.append((chosen, estimate.value ?? estimate.high))
                    }
                }
            }
            if found.count >= 3 { break }
            next.sort { $0.high < $1.high }
            beam = Array(next.prefix(width))
        }
        found.sort { left, right in
            left.changes.reduce(0) { $0 + $1.cost } < right.changes.reduce(0) { $0 + $1.cost }
        }
        return Array(found.prefix(3))
    }

    struct Change: Sendable {
        var assumption: PatientTimeline.Assumption
        var from: Double
        /// How far, in interquartile ranges of the training population.
        var cost: Double
    }

    private func changes(_ model: ModelPackage, _ decision: Decision) -> [Change] {
        var quartiles: [String: (low: Double, high: Double)] = [:]
        for entry in model.facts.reference?.elements ?? [] {
            let quantiles = entry["quantiles"]?.elements.compactMap(\.number) ?? []
            guard let name = entry["input"]?.text, quantiles.count == 7, quantiles[2] < quantiles[4] else { continue }
            quartiles[name] = (quantiles[2], quantiles[4])
        }
        return zip(model.requests, decision.inputs).compactMap { request, input in
            guard request.aggregate == .last, request.unit != "a", case .number(let value) = input.content,
                let range = quartiles[request.name], value < range.low || value > range.high
            else { return nil }
            let target = value < range.low ? range.low : range.high
            return Change(
                assumption: PatientTimeline.Assumption(request, value: target), from: value,
                cost: abs(target - value) / (range.high - range.low))
        }
    }
}
