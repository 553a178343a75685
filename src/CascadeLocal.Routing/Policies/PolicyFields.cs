namespace CascadeLocal.Routing.Policies;

/// <summary>Checks fields of policy.json; what is wrong is named with file and field.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="prefix">What all fields begin with, such as <c>escalation.</c>; may be empty.</param>
internal sealed class PolicyFields(string file, string prefix = "")
{
    // 1e999 is read as infinity.
    public double Number(string field, double value, double least, double most) => value >= least && value <= most
        ? value
        : throw Wrong(field, FormattableString.Invariant($"is {value}, but must be from {least} to {most}"));

    /// <summary>What a key of an object by name holds: nothing else checks that these are not null.</summary>
    public T Present<T>(string field, T? value) where T : class => value ?? throw Wrong(field, "is null, but must be an object");

    /// <summary>The term that has this name.</summary>
    public T Term<T>(string field, string text, Func<T, string> name, params T[] terms)
    {
        int index = Array.FindIndex(terms, t => name(t) == text);
        return index >= 0 ? terms[index] : throw Wrong(field, $"is '{text}', but must be {Choice([.. terms.Select(name)])}");
    }

    /// <summary>The index of the member that has this name.</summary>
    public int Member(string field, string name, string[] members) => Array.IndexOf(members, name) is >= 0 and int index
        ? index
        : throw Wrong(field, $"names '{name}', which is not among the models");

    /// <summary>Checks numbers of tokens.</summary>
    public void Growing(string field, IReadOnlyList<int> checkpoints)
    {
        if (checkpoints.Where((tokens, i) => tokens <= (i == 0 ? 0 : checkpoints[i - 1])).Any())
            throw Wrong(field, "must be growing numbers of tokens");
    }

    private static string Choice(string[] names) =>
        names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} or {names[^1]}";

    public PolicyException Wrong(string field, string problem, Exception? inner = null) => new(file, prefix + field, problem, inner);
}
