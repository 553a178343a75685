namespace CascadeLocal.Routing.Judging.Text;

/// <summary>How an answer marks its result.</summary>
internal enum FinalForm
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>"The answer is ...".</summary>
    Phrase,

    /// <summary>LaTeX: <c>\boxed{...}</c>.</summary>
    Boxed,

    /// <summary>GSM8K: <c>#### ...</c>.</summary>
    Hash,
}
