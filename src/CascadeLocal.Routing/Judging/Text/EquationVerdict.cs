namespace CascadeLocal.Routing.Judging.Text;

/// <summary>Whether an equation holds.</summary>
internal enum EquationVerdict
{
    /// <summary>Within the last digit that is written.</summary>
    Holds,

    /// <summary>Within one unit of the last digit: the right side has been cut or rounded to a whole number.</summary>
    Rounded,

    /// <summary>It does not.</summary>
    Wrong,
}
