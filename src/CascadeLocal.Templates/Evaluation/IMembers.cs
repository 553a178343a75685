using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>A value with attributes of its own, such as loop.</summary>
internal interface IMembers
{
    Value? Member(string name);
}
