using System.Globalization;

namespace CascadeLocal.Contracts;

/// <summary>
/// Why a member does not take a request, or does not finish it. A closed set: everything a member throws at a request is one of these.
/// </summary>
/// <param name="word">The reason in one word, as paths show it: <c>nano (full)</c>.</param>
/// <param name="message">One or two sentences for the caller.</param>
/// <param name="inner">What it was found by.</param>
public abstract class MemberException(string word, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The reason in one word, as paths show it.</summary>
    public string Word => word;
}

/// <summary>It has as many requests waiting as it may.</summary>
/// <param name="message">One sentence for the caller.</param>
/// <param name="retryAfter">When to try again, where the member says so.</param>
public sealed class QueueFullException(string message, TimeSpan? retryAfter = null) : MemberException("full", message)
{
    /// <param name="waiting">Requests that wait.</param>
    public QueueFullException(int waiting)
        : this(string.Create(CultureInfo.InvariantCulture, $"{waiting} requests are already waiting for this model."))
    {
    }

    /// <summary>When to try again, where the member says so.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>A prompt leaves no room for an answer in the model's context. How long the answer may be is a ceiling and never the reason.</summary>
/// <param name="promptTokens">Tokens of the prompt; 0 where they were not counted.</param>
/// <param name="contextLength">Tokens one sequence can hold.</param>
/// <param name="isAtLeast">Whether there are more, which nobody counted.</param>
/// <param name="message">What the member says, where it is not this process that counts.</param>
public sealed class ContextLengthExceededException(int promptTokens, int contextLength, bool isAtLeast = false, string? message = null)
    : MemberException("context", message
        ?? $"The prompt has {(isAtLeast ? "at least " : "")}{promptTokens} tokens, which leaves no room for an answer: the model's context is {contextLength} tokens.")
{
    /// <summary>Tokens of the prompt, or at least so many; 0 where they were not counted.</summary>
    public int PromptTokens => promptTokens;

    /// <summary>Tokens one sequence can hold.</summary>
    public int ContextLength => contextLength;
}

/// <summary>It cannot answer now: it is loading, could not be loaded, is being removed, or cannot be reached.</summary>
/// <param name="message">One sentence for the caller.</param>
/// <param name="inner">What it was found by.</param>
public sealed class MemberUnavailableException(string message, Exception? inner = null) : MemberException("unavailable", message, inner);

/// <summary>Its chat template is missing, is not understood, or refuses the conversation.</summary>
/// <param name="message">One sentence for the caller.</param>
/// <param name="inner">What it was found by.</param>
public sealed class ChatTemplateException(string message, Exception? inner = null) : MemberException("template", message, inner);

/// <summary>A field of the request is wrong for its vocabulary: it names a token that is not there, or leaves none.</summary>
/// <param name="name">The field, by its name in OpenAI's API.</param>
/// <param name="message">One sentence for the caller.</param>
public sealed class InvalidTokensException(string name, string message) : MemberException("vocabulary", message)
{
    /// <summary>The fields that name tokens.</summary>
    public const string Prompt = "prompt", LogitBias = "logit_bias", StopTokens = "stop_token_ids";

    /// <summary>The field, by its name in OpenAI's API.</summary>
    public string Field => name;

    /// <summary>Checks that every token is in the vocabulary.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="vocabularySize">How many there are in it.</param>
    /// <param name="field">The field that names them.</param>
    /// <exception cref="InvalidTokensException">One is not.</exception>
    public static void ThrowIfUnknown(IEnumerable<int> tokens, int vocabularySize, string field)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabularySize)
                throw new InvalidTokensException(field, string.Create(CultureInfo.InvariantCulture, $"'{field}' names token {token}, but the vocabulary has {vocabularySize} tokens."));
        }
    }
}

/// <summary>
/// It cannot do what the request asks for: an option that it does not know, or that its endpoint refuses; or a form that nobody could keep to.
/// </summary>
/// <param name="message">One sentence for the caller.</param>
/// <param name="name">The field of the request that asks for it, by its name in OpenAI's API; null where there is no single one.</param>
/// <param name="isInvalidForm">Whether it is a form of the answer that is wrong in itself.</param>
public sealed class RequestRefusedException(string message, string? name = null, bool isInvalidForm = false) : MemberException("refused", message)
{
    /// <summary>Whether it is a form of the answer that is wrong in itself: malformed, or no text can fit it.</summary>
    public bool IsInvalidForm => isInvalidForm;

    /// <summary>The field of the request that asks for it; null where there is no single one.</summary>
    public string? Field => name;
}

/// <summary>It broke while it worked on the request, or is being unloaded.</summary>
/// <param name="message">One sentence for the caller.</param>
/// <param name="inner">What it was found by.</param>
public sealed class EngineException(string message, Exception? inner = null) : MemberException("failed", message, inner);
