namespace CascadeLocal.Cascade.Passes;

/// <summary>A request's bias names a token that is not in the member's vocabulary.</summary>
/// <param name="member">The member.</param>
/// <param name="token">The token.</param>
/// <param name="vocabularySize">How many tokens the member has.</param>
public sealed class UnknownTokenException(string member, int token, int vocabularySize) : Exception(
    FormattableString.Invariant($"'logit_bias' names token {token}, but the vocabulary of '{member}' has {vocabularySize} tokens."));
