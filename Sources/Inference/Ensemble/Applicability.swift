/// Whether a trained model has any business answering for a row of inputs.
public enum Applicability: Sendable, Hashable {
    /// The row is like the training population.
    case applies
    /// Answered, but unlike most of the training population.
    case unusual(ModelAnswer.Outlier)
    /// Not answered: not like the training population.
    case unlike(ModelAnswer.Outlier)
    /// Not answered: too few of the inputs that the package needs have a value. These have none.
    case insufficient(missing: [String])
}
